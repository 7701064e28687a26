// Dates and times in UTC, as RFC 3339 and ISO 8601 write them.
#pragma once

#include "format/formatter.hpp"

#include <string>

namespace tools::format {

/// Appends "2026-11-24T09:30:00.123456Z".
void append_utc(std::string& out, wall_clock::time_point at);

/// "2026-11-24T09:30:00.123Z"
std::string utc_milliseconds(wall_clock::time_point at);

/// "2026-11-24T09:30:00Z"
std::string utc_seconds(wall_clock::time_point at);

/// "20261124T093000.123456Z"
std::string utc_file_name(wall_clock::time_point at);

}  // namespace tools::format
