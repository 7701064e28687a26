// All that chunk-send is asked to send.
#pragma once

#include "send/options.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

namespace tools::send {

/// Sends what the actions or standard input say, or tests or probes a peer, and gives the exit
/// status.
asio::awaitable<int> run(asio::io_context& context, const options& opt);

}  // namespace tools::send
