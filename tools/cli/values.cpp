#include "cli/values.hpp"

#include "cli/status.hpp"

#include <chunk/decimal.hpp>
#include <chunk/escape.hpp>
#include <chunk/framing.hpp>
#include <chunk/notation.hpp>

#include <fmt/core.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <string_view>
#include <system_error>

namespace tools::cli {
namespace {

/// Each is 1024 times the one before.
constexpr std::string_view units = "kMG";

}  // namespace

std::string show_size(std::uint64_t size) {
  std::size_t unit = 0;
  while (unit < units.size() && size > 0 && size % 1024 == 0) {
    size /= 1024;
    ++unit;
  }
  return std::to_string(size) + (unit > 0 ? std::string(1, units[unit - 1]) : std::string());
}

chunk::result<std::uint64_t> parse_size(const std::string& text) {
  std::uint64_t factor = 1;
  auto digits = std::string_view(text);
  if (const auto unit = digits.empty() ? units.npos : units.find(digits.back());
      unit != units.npos) {
    factor = std::uint64_t{1} << (10 * (unit + 1));
    digits.remove_suffix(1);
  }
  if (!chunk::is_digits(digits)) {
    return tl::unexpected(chunk::error{
        chunk::errc::bad_notation,
        fmt::format("'{}' is not a size such as 512, 64k, 5M or 1G", chunk::quoted(text))});
  }
  const auto count = chunk::parse_count(digits, "size");
  if (!count) return tl::unexpected(count.error());
  if (*count > chunk::no_limit / factor) {
    return tl::unexpected(chunk::error{chunk::errc::bad_notation,
                                       fmt::format("size {} is above {}", text, chunk::no_limit)});
  }
  return *count * factor;
}

chunk::result<double> parse_decimal(std::string_view text) {
  double value = 0;
  const auto begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(begin, end, value);
  if (problem == std::errc{} && stop == end) return value;
  return tl::unexpected(chunk::error{chunk::errc::bad_notation,
                                     fmt::format("'{}' is not a number", chunk::quoted(text))});
}

chunk::net::duration to_duration(double seconds, const char* option) {
  constexpr double most = 1e9;  // chosen: thirty years, which no clock overflows by
  if (!(seconds >= 0 && std::isfinite(seconds))) {
    throw wrong_usage(fmt::format("{}: {} is not a number of seconds", option, seconds));
  }
  if (seconds > most) {
    throw wrong_usage(fmt::format("{}: the number {} is above {:.0f}", option, seconds, most));
  }
  return std::chrono::duration_cast<chunk::net::duration>(std::chrono::duration<double>(seconds));
}

chunk::net::duration to_limit(double seconds, const char* option) {
  const auto limit = to_duration(seconds, option);
  if (limit == chunk::net::duration{}) {
    throw wrong_usage(std::string(option) + ": the number 0 is not above 0");
  }
  return limit;
}

mode_t parse_mode(const std::string& text) {
  unsigned value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value, 8);
  if (problem != std::errc{} || stop != end || value > 0777) {
    throw wrong_usage("--mode: '" + text + "' is not an octal mode such as 0660");
  }
  return value;
}

}  // namespace tools::cli
