// The table of formats, and what all of them have in common.
#include "format/registry.hpp"

#include "support/bytes.hpp"
#include "support/random_streams.hpp"
#include "support/samples.hpp"

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <set>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace std::string_view_literals;
using namespace tools::format;

/// What a format makes of a stream that comes in pieces of at most `piece` bytes, the last of which
/// may cut it.
std::string shown(const output_format& which, std::string_view stream, std::size_t piece) {
  format_options how;
  how.format = &which;
  how.rules = &chunk::guessing_protocol();
  how.delimiter = {std::byte{';'}};
  std::string out;
  const auto made = make_formatter(how, out);
  chunk::decoder from;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    auto input = support::bytes(stream.substr(at, piece));
    for (bool more = true; more;) {
      const auto before = input;
      chunk::fragment given;
      more = value_or_throw(from.next(input, given));
      details known;
      known.raw = before.first(before.size() - input.size());
      if (more) made->add(given, known);
    }
  }
  if (const auto whole = from.finish(); !whole) {
    const auto rest = from.partial_header();
    made->fault(whole.error(), rest, from.offset() - rest.size());
  }
  made->finish();
  return out;
}

}  // namespace

TEST_CASE("each format is found by its name, and says what it is") {
  std::set<std::string_view> names;
  for (const auto* each : all_formats()) {
    CAPTURE(each->name);
    CHECK(names.insert(each->name).second);
    CHECK(find_format(each->name) == each);
    CHECK(!each->help.empty());
  }
  CHECK(find_format("") == nullptr);
  CHECK(find_format("HEX") == nullptr);
}

TEST_CASE("formats that pass no payloads are lines of plain ASCII, also of a stream that is cut") {
  const auto evil = support::sample("evil.chunk");
  for (const auto* each : all_formats()) {
    if (each->passes_payloads) continue;
    CAPTURE(each->name);
    for (std::size_t size = 0; size <= evil.size(); ++size) {
      const auto out = shown(*each, evil.substr(0, size), 7);
      CHECK(support::is_plain(out));
      CHECK((out.empty() || out.ends_with('\n')));
    }
  }
}

TEST_CASE("a stream and its payloads are put out as they are, and nothing is nothing") {
  const auto stream = support::sample("req.chunk");
  CHECK(shown(raw_format, stream, stream.size()) == stream);
  CHECK(shown(payload_format, "ECHO\2\0\0\0hiNOOP\0\0\0\0"sv, 100) == "hi;;");
  CHECK(shown(payload_format, "ECHO\2\0\0\0hi"sv, 9) == "hi;");
  CHECK(shown(none_format, stream, 3).empty());
}

TEST_CASE("a line stands around its word, and only where a format has such a line") {
  CHECK(text_format.heading("a file") == "# a file\n");
  CHECK(list_format.heading("a file") == "==> a file <==\n");
  CHECK(json_format.heading("a file").empty());
  CHECK(json_format.gap("7") == "{\"dropped\":7}\n");
  CHECK(hex_format.gap("7") == "# 7 records dropped\n");
}
