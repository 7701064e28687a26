// A server that performs a script with each client.
#pragma once

#include "serve/log.hpp"
#include "serve/options.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

namespace tools::serve {

/// Performs --script with each client until a signal stops the server.
///
/// Returns: the exit status
asio::awaitable<int> serve_script(asio::io_context& context, const options& opt, log& log);

}  // namespace tools::serve
