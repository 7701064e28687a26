// The work of chunk-serve.
#pragma once

#include "serve/options.hpp"

#include <asio/io_context.hpp>

namespace tools::serve {

/// Answers requests, or performs --script with each client, until it is stopped.
///
/// Returns: the exit status
int run(asio::io_context& context, const options& opt);

}  // namespace tools::serve
