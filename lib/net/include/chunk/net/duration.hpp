// Spans of time.
#pragma once

#include <chrono>
#include <string>

namespace chunk::net {

/// Spans of time on the monotonic clock.
using duration = std::chrono::steady_clock::duration;

/// Shows a span of time as "5 s" or "250 ms".
std::string to_text(duration span);

}  // namespace chunk::net
