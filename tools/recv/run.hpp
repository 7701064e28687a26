// All that chunk-recv is asked to receive.
#pragma once

#include "recv/options.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

namespace tools::recv {

/// Receives one stream, or with --keep-open those of all who connect, and gives the exit status.
asio::awaitable<int> run(asio::io_context& context, const options& opt);

}  // namespace tools::recv
