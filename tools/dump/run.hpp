// All that chunk-dump is asked to show.
#pragma once

#include "dump/options.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

namespace tools::dump {

/// Shows the files, the connection or what passes through the tap, and gives the exit status.
asio::awaitable<int> run(asio::io_context& context, const options& opt);

}  // namespace tools::dump
