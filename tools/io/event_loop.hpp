// Whether the event loop can be relied on.
#pragma once

#include <asio/io_context.hpp>

namespace tools::io {

/// Checks that the event loop is told of its own timers and wake-ups: Asio goes on without them
/// when the system refuses to watch their descriptors, and then every wait could last for ever. Has
/// to be called while the process has one thread and the context has not been used.
///
/// Throws: local_failure
void require_wakeups(asio::io_context& context);

}  // namespace tools::io
