// A server that answers requests.
#pragma once

#include "serve/log.hpp"
#include "serve/options.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

namespace tools::serve {

/// Answers requests until a signal or a client stops the server.
///
/// Returns: the exit status
asio::awaitable<int> serve_requests(asio::io_context& context, const options& opt, log& log);

}  // namespace tools::serve
