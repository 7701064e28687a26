#include "format/utc_time.hpp"

#include <fmt/core.h>

#include <iterator>

namespace tools::format {
namespace {

/// Appends the year, the month, the day, the hour, the minute, the second, its microseconds and its
/// milliseconds.
void append_parts(std::string& out, wall_clock::time_point at, std::string_view form) {
  using namespace std::chrono;
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(floor<std::chrono::microseconds>(at - day));
  const auto year = static_cast<int>(date.year());
  const auto month = static_cast<unsigned>(date.month());
  const auto of_month = static_cast<unsigned>(date.day());
  const auto hour = time.hours().count();
  const auto minute = time.minutes().count();
  const auto second = time.seconds().count();
  const auto fraction = time.subseconds().count();
  const auto milliseconds = fraction / 1000;
  fmt::vformat_to(
      std::back_inserter(out), form,
      fmt::make_format_args(year, month, of_month, hour, minute, second, fraction, milliseconds));
}

}  // namespace

void append_utc(std::string& out, wall_clock::time_point at) {
  append_parts(out, at, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z");
}

std::string utc_milliseconds(wall_clock::time_point at) {
  std::string out;
  append_parts(out, at, "{0:04}-{1:02}-{2:02}T{3:02}:{4:02}:{5:02}.{7:03}Z");
  return out;
}

std::string utc_seconds(wall_clock::time_point at) {
  std::string out;
  append_parts(out, at, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z");
  return out;
}

std::string utc_file_name(wall_clock::time_point at) {
  std::string out;
  append_parts(out, at, "{:04}{:02}{:02}T{:02}{:02}{:02}.{:06}Z");
  return out;
}

}  // namespace tools::format
