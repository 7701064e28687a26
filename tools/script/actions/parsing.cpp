#include "script/actions/parsing.hpp"

#include <chunk/escape.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/notation.hpp>

#include <fmt/core.h>

#include <charconv>
#include <chrono>
#include <string>
#include <utility>

namespace tools::script {
namespace {

/// Chosen: thirty years, which no clock overflows by.
constexpr double longest_time = 1e9;

}  // namespace

tl::unexpected<chunk::error> bad(std::string_view text, std::string_view reason) {
  return tl::unexpected(chunk::error{chunk::errc::bad_notation,
                                     fmt::format("'{}': {}", chunk::quoted(text), reason)});
}

chunk::result<argument> parse_nothing(argument_text&) {
  return argument();
}

chunk::result<chunk::net::duration> parse_seconds(std::string_view text,
                                                  std::string_view& offending) {
  offending = text;
  double value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  const bool usable = problem == std::errc{} && stop == end && value >= 0 && value <= longest_time;
  if (!usable) return bad(text, "not a number of seconds");
  return std::chrono::duration_cast<chunk::net::duration>(std::chrono::duration<double>(value));
}

chunk::result<argument> parse_duration(argument_text& from) {
  const auto span = parse_seconds(from.text, from.offending);
  if (!span) return tl::unexpected(span.error());
  return argument(*span);
}

chunk::result<std::uint64_t> parse_number(std::string_view text, std::string_view what) {
  return chunk::parse_count(text, what, chunk::max_length);
}

chunk::result<byte_string> parse_bytes(std::string_view text) {
  return chunk::unescape(text);
}

chunk::result<argument> parse_address(argument_text& from) {
  if (!from.text.empty()) {
    const auto where = chunk::net::parse_endpoint(from.text);
    if (!where) return tl::unexpected(where.error());
  }
  return argument(address{std::string(from.text)});
}

}  // namespace tools::script
