// The work of chunk-dump.
#pragma once

#include "dump/options.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

namespace tools::dump {

/// Shows files, a connection or the traffic through a tap, as the options say.
///
/// Returns: the exit status
asio::awaitable<int> run(asio::io_context& context, const options& opt);

}  // namespace tools::dump
