// Counts, times and long texts in messages.
#pragma once

#include <chunk/net/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>

namespace tools::script {

/// "1 byte", "2 bytes"
std::string counted(std::uint64_t count, const char* what);

/// "1.234 s", "12.3 ms", "50 us": a time that was measured.
std::string measured(chunk::net::duration span);

/// The message of the system for a code, in lower case: "connection reset by peer".
std::string message_of(const std::error_code& code);

/// Truncates a text that is longer than `most` characters, and appends dots.
std::string shortened(std::string text, std::size_t most);

}  // namespace tools::script
