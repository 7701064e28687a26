#include "script/actions/parsing.hpp"

#include <chunk/escape.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/notation.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <utility>

namespace tools::script {
tl::unexpected<chunk::error> out_of_range(std::string reason) {
  return tl::unexpected(chunk::error{chunk::errc::bad_notation, std::move(reason)});
}

std::optional<chunk::error> refuse_nul(argument_text& from, std::string_view what) {
  const auto at = from.text.find('\0');
  if (at == from.text.npos) return std::nullopt;
  from.offending = from.text.substr(at, 1);
  return bad(from.offending, fmt::format("cannot stand in {}", what)).value();
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
  const bool usable = problem == std::errc{} && stop == end && value >= 0;
  if (!usable) return bad(text, "not a number of seconds");
  if (value > longest_time)
    return out_of_range(fmt::format("{} is above {:.0f}", text, longest_time));
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

chunk::result<std::pair<std::uint64_t, chunk::net::duration>> parse_number_and_seconds(
    std::string_view text, std::string_view what, std::string_view& offending) {
  const auto comma = std::min(text.find(','), text.size());
  offending = text.substr(0, comma);
  const auto number = parse_number(offending, what);
  if (!number) return tl::unexpected(number.error());
  std::pair out(*number, chunk::net::duration{});
  if (comma == text.size()) return out;
  const auto pause = parse_seconds(text.substr(comma + 1), offending);
  if (!pause) return tl::unexpected(pause.error());
  out.second = *pause;
  return out;
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
