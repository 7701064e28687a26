// The text and the JSON dump of any bytes are plain ASCII and give the same bytes back, and no
// input crashes the JSON reader.
#include "check.hpp"
#include "format/json/json_reader.hpp"
#include "format/registry.hpp"
#include "format/text/text_lines.hpp"
#include "script/language/parser.hpp"
#include "support/bytes.hpp"

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace {

using buffer = std::vector<std::byte>;
using bytes_view = std::span<const std::byte>;

/// Reads a stream like a chunk_reader that holds chunks of up to `hold` bytes: calls `add` for each
/// fragment, and `fault` for the bytes at the end of a truncated stream that are not a chunk.
template <class Add, class Fault>
void take_apart(bytes_view stream, std::size_t hold, const Add& add, const Fault& fault) {
  std::uint64_t offset = 0;
  while (stream.size() >= support::header_size) {
    const auto head = chunk::framing{}.read_header(stream).head;
    const auto rest = stream.subspan(support::header_size);
    const auto payload = rest.first(std::min<std::size_t>(head.length, rest.size()));
    const bool whole = payload.size() == head.length;
    if (whole && head.length <= hold) {
      add(chunk::fragment{head, offset, payload, true, true});
    } else {
      const auto middle = payload.size() / 2;
      add(chunk::fragment{head, offset, {}, true, false});
      add(chunk::fragment{head, offset, payload.first(middle), false, false});
      add(chunk::fragment{head, offset, payload.subspan(middle), false, whole});
    }
    if (!whole) return fault(bytes_view(), offset);
    stream = rest.subspan(payload.size());
    offset += support::header_size + payload.size();
  }
  if (!stream.empty()) fault(stream, offset);
}

std::string dump_text(bytes_view stream, std::size_t hold, const chunk::protocol& rules) {
  std::string out;
  tools::format::text_lines lines(rules, out);
  take_apart(
      stream, hold, [&](const chunk::fragment& given) { lines.add(given); },
      [&](bytes_view bytes, std::uint64_t) { lines.finish(bytes); });
  return out;
}

std::string dump_json(bytes_view stream, std::size_t hold, const chunk::protocol& rules) {
  const chunk::error why{chunk::errc::truncated, support::chars(stream)};
  tools::format::format_options how;
  how.format = &tools::format::json_format;
  how.rules = &rules;
  std::string out;
  const auto made = make_formatter(how, out);
  take_apart(
      stream, hold, [&](const chunk::fragment& given) { made->add(given, {}); },
      [&](bytes_view bytes, std::uint64_t offset) { made->fault(why, bytes, offset); });
  made->finish();
  return out;
}

void check_plain(std::string_view text) {
  fuzz::check(std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }),
              "a dump is plain ASCII");
}

void check_text(bytes_view stream, std::string_view text) {
  check_plain(text);
  const auto all =
      tools::script::parse({{}, {{"dump", std::string(text)}}}, tools::script::role::client);
  fuzz::check(all.has_value(), "a text dump is a script");
  fuzz::check(!all->is_test, "a text dump only sends");
  buffer sent;
  for (const auto& step : all->units.front().cases.front().steps) {
    const auto held = sent.size();
    const auto& bytes = std::get<chunk::image>(step.argument);
    sent.resize(held + bytes.size());
    bytes.read(0, std::span(sent).subspan(held));
  }
  fuzz::check(std::ranges::equal(sent, stream), "a text dump sends the same bytes");
}

void check_json(bytes_view stream, std::string_view text) {
  check_plain(text);
  const auto middle = text.size() / 2;
  tools::format::json_reader reader;
  buffer sent;
  const bool taken = reader.read(text.substr(0, middle), sent) &&
                     reader.read(text.substr(middle), sent) && reader.finish(sent);
  fuzz::check(taken, "a JSON dump is read");
  fuzz::check(std::ranges::equal(sent, stream), "a JSON dump sends the same bytes");
}

/// Reads input that need not be JSON. Each line has the same result in whatever pieces it comes.
void check_reader(std::string_view text) {
  constexpr std::uint32_t most = 64;
  buffer whole;
  buffer pieces;
  tools::format::json_reader first(most);
  const bool good = first.read(text, whole) && first.finish(whole);
  tools::format::json_reader second(most);
  bool same = true;
  for (; same && !text.empty(); text.remove_prefix(std::min<std::size_t>(text.size(), 3))) {
    same = second.read(text.substr(0, 3), pieces).has_value();
  }
  same = same && second.finish(pieces);
  fuzz::check(same == good && pieces == whole, "pieces of lines stand for the same bytes");
}

const std::vector<chunk::protocol>& protocols() {
  static const std::vector<chunk::protocol> all{chunk::guessing_protocol(),
                                                value_or_throw(chunk::find_protocol("none")),
                                                value_or_throw(chunk::find_protocol("example"))};
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto stream = std::as_bytes(std::span(data, size));
  for (const std::size_t hold : {std::size_t{8}, std::size_t{64 * 1024}}) {
    // Most streams look the same under every protocol, and reading a dump takes the most time.
    std::string text;
    std::string json;
    for (const auto& rules : protocols()) {
      const auto last_text = std::exchange(text, dump_text(stream, hold, rules));
      const auto last_json = std::exchange(json, dump_json(stream, hold, rules));
      if (text != last_text) check_text(stream, text);
      if (json != last_json) check_json(stream, json);
    }
  }
  check_reader({reinterpret_cast<const char*>(data), size});
  return 0;
}
