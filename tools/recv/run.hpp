// The work of chunk-recv.
#pragma once

#include "recv/options.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

namespace tools::recv {

/// Receives one stream, or with --keep-open a stream from each client.
///
/// Returns: the exit status
asio::awaitable<int> run(asio::io_context& context, const options& given);

}  // namespace tools::recv
