// The work of chunk-send.
#pragma once

#include "send/options.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

namespace tools::send {

/// Sends chunks from actions or standard input, or tests or probes a peer, as the options say.
///
/// Returns: the exit status
asio::awaitable<int> run(asio::io_context& context, const options& opt);

}  // namespace tools::send
