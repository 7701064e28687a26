// Times of the day in UTC, as RFC 3339 writes them.
#pragma once

#include "format/formatter.hpp"

#include <string>

namespace tools::format {

/// Appends "2026-11-24T09:30:00.123456Z".
void append_utc(std::string& out, wall_clock::time_point at);

}  // namespace tools::format
