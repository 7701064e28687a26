#include "script/language/argument.hpp"

#include "io/files.hpp"

#include <chunk/escape.hpp>
#include <chunk/net/endpoint.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace tools::script {
namespace {

/// Chosen: thirty years, which any clock can add.
constexpr double longest_time = 1e9;

tl::unexpected<chunk::error> bad(std::string_view text, std::string_view reason) {
  return tl::unexpected(chunk::error{chunk::errc::bad_notation,
                                     fmt::format("'{}': {}", chunk::quoted(text), reason)});
}

chunk::result<void> parse_seconds(std::string_view text, chunk::net::duration& out,
                                  std::string_view& offending) {
  offending = text;
  double value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  const bool usable = problem == std::errc{} && stop == end && value >= 0 && value <= longest_time;
  if (!usable) return bad(text, "not a number of seconds");
  out = std::chrono::duration_cast<chunk::net::duration>(std::chrono::duration<double>(value));
  return {};
}

chunk::result<void> parse_range(std::string_view text, step& out, std::string_view& offending) {
  offending = text;
  const auto dash = text.find('-');
  if (dash == text.npos) return bad(text, "needs MIN-MAX, in seconds");
  auto done = parse_seconds(text.substr(0, dash), out.least, offending);
  if (done) done = parse_seconds(text.substr(dash + 1), out.most, offending);
  if (!done) return done;
  offending = text;
  if (out.most < out.least) return bad(text, "the first time is above the second");
  return {};
}

chunk::result<void> parse_limit(std::string_view text, step& out, std::string_view& offending) {
  const auto done = parse_seconds(text, out.most, offending);
  if (done && out.most == chunk::net::duration{}) return bad(text, "must be above 0");
  return done;
}

chunk::result<void> parse_slice(std::string_view text, step& out, std::string_view& offending) {
  const auto comma = std::min(text.find(','), text.size());
  offending = text.substr(0, comma);
  const auto count = chunk::parse_count(offending, "slice:", chunk::max_length);
  if (!count) return tl::unexpected(count.error());
  out.count = *count;
  if (comma == text.size()) return {};
  return parse_seconds(text.substr(comma + 1), out.most, offending);
}

chunk::result<void> parse_sent(std::string_view text, step& out, std::string_view& offending) {
  const auto draft = chunk::parse_chunk(text, &offending);
  if (!draft) return tl::unexpected(draft.error());
  offending = text;
  auto image = chunk::encode(*draft, io::load_file);
  if (!image) return tl::unexpected(image.error());
  out.bytes = std::move(*image);
  return {};
}

chunk::result<void> parse_bytes(std::string_view text, byte_string& out,
                                std::string_view& offending) {
  offending = text;
  auto got = chunk::unescape(text);
  if (!got) return tl::unexpected(got.error());
  out = std::move(*got);
  return {};
}

chunk::result<void> parse_raw(std::string_view text, step& out, std::string_view& offending) {
  byte_string raw;
  const auto done = parse_bytes(text, raw, offending);
  out.bytes = chunk::image::of(std::move(raw));
  return done;
}

chunk::result<void> parse_count(std::string_view text, std::string_view what, step& out) {
  const auto count = chunk::parse_count(text, what, chunk::max_length);
  if (!count) return tl::unexpected(count.error());
  out.count = *count;
  return {};
}

/// One of a few words; the first one is meant where there is none.
template <class Value, std::size_t count>
chunk::result<void> parse_word(std::string_view text,
                               const std::array<std::pair<std::string_view, Value>, count>& words,
                               std::string_view list, Value& out) {
  for (const auto& [word, value] : words) {
    if (word != text) continue;
    out = value;
    return {};
  }
  return bad(text, list);
}

chunk::result<void> parse_address(std::string_view text, step& out) {
  out.argument = text;
  if (text.empty()) return {};
  const auto where = chunk::net::parse_endpoint(text);
  if (!where) return tl::unexpected(where.error());
  return {};
}

}  // namespace

chunk::result<void> parse_argument(step& out, std::string_view text, std::string_view& offending) {
  constexpr std::array<std::pair<std::string_view, closing>, 3> endings{
      {{"", closing::any}, {"eof", closing::eof}, {"reset", closing::reset}}};
  constexpr std::array<std::pair<std::string_view, half>, 3> halves{
      {{"", half::write}, {"write", half::write}, {"read", half::read}}};
  offending = text;
  switch (out.type) {
    case kind::send:
    case kind::request:
    case kind::request_decoded: return parse_sent(text, out, offending);
    case kind::expect: {
      const bool in_order = out.name == "exact";
      auto wanted = pattern::parse(text, in_order, offending);
      if (!wanted) return tl::unexpected(wanted.error());
      out.wanted = std::make_shared<const pattern>(std::move(*wanted));
      return {};
    }
    case kind::expect_raw: {
      if (text.empty()) return bad(out.text, "needs bytes to expect");
      return parse_bytes(text, out.text_bytes, offending);
    }
    case kind::expect_close:
      return parse_word(text, endings, "there are expect-close:eof and expect-close:reset",
                        out.ending);
    case kind::shutdown:
      return parse_word(text, halves, "there are shutdown:write and shutdown:read", out.direction);
    case kind::raw_send: return parse_raw(text, out, offending);
    case kind::raw_receive: return parse_count(text, "raw-receive:", out);
    case kind::repeat: return parse_count(text, "repeat:", out);
    case kind::within: return parse_range(text, out, offending);
    case kind::timeout: return parse_limit(text, out, offending);
    case kind::delay:
    case kind::expect_nothing: return parse_seconds(text, out.most, offending);
    case kind::slice: return parse_slice(text, out, offending);
    case kind::let: return parse_bytes(text, out.text_bytes, offending);
    case kind::connect:
    case kind::wait_for: return parse_address(text, out);
    case kind::send_file: out.argument = text; return io::check_readable(out.argument);
    case kind::test_case:
      out.name = text;
      if (text.empty()) return bad(out.text, "needs a name");
      return {};
    case kind::skip_if:
    case kind::run:
    case kind::start:
      out.argument = text;
      if (text.empty()) return bad(out.text, "needs a command");
      return {};
    case kind::close:
    case kind::reset:
    case kind::end: break;
  }
  return {};
}

chunk::result<step> with_values(const step& from, variables& values) {
  auto text = values.expanded(from.argument, verb_of(from.type).values);
  if (!text) return tl::unexpected(text.error());
  step out = from;
  std::string_view offending;
  const auto done = parse_argument(out, *text, offending);
  if (!done) return tl::unexpected(done.error());
  return out;
}

}  // namespace tools::script
