// The findings of the format check.
#include "format/registry.hpp"
#include "support/bytes.hpp"
#include "support/samples.hpp"

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;
using support::bytes;

namespace {

const chunk::protocol& example() {
  static const auto rules = chunk::value_or_throw(chunk::find_protocol("example"));
  return rules;
}

tools::format::format_options options(std::string subject = "some.chunk") {
  tools::format::format_options out;
  out.format = &tools::format::check_format;
  out.rules = &example();
  out.subject = std::move(subject);
  return out;
}

/// Shows the chunks of a stream that comes in pieces of at most `piece` bytes, and its fault.
void show(tools::format::formatter& into, std::string_view stream, std::size_t piece,
          std::uint32_t most) {
  chunk::decoder from(most);
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    auto input = bytes(stream.substr(at, piece));
    for (bool more = true; more;) {
      chunk::fragment given;
      const auto taken = from.next(input, given);
      if (!taken) return into.fault(taken.error(), input, 0);
      more = *taken;
      if (more) into.add(given, {});
    }
  }
  if (const auto whole = from.finish(); !whole) {
    const auto begun = stream.substr(stream.rfind("ECHO"));
    const bool in_header = begun.size() < support::header_size;
    into.fault(whole.error(), bytes(in_header ? begun : ""sv),
               in_header ? stream.size() - begun.size() : stream.size());
  }
  into.finish();
}

/// What is shown, and the number of findings.
std::string shown(const tools::format::format_options& how, std::string_view stream,
                  std::size_t piece = 1'000'000, std::uint32_t most = chunk::max_length) {
  std::string out;
  const auto made = make_formatter(how, out);
  show(*made, stream, piece, most);
  const auto lines = std::ranges::count(out, '\n');
  CHECK(made->findings() == static_cast<std::uint64_t>(lines));
  return out;
}

constexpr auto faulty =
    "NOOP\0\0\0\0"
    "WHAT\1\0\0\0x"
    "CMPU\x12\0\0\0OPND\1\0\0\0xNTVL\1\0\0\0001"sv;

}  // namespace

TEST_CASE("a stream that follows its protocol has no findings") {
  for (const auto name : {"req.chunk", "rep.chunk", "d1.chunk"}) {
    CAPTURE(name);
    CHECK(shown(options(), support::sample(name)) == "");
  }
}

TEST_CASE("each finding is a line with the stream, the offset and the reason") {
  CHECK(shown(options(), faulty) ==
        "some.chunk:0x8: WHAT: unknown to the protocol\n"
        "some.chunk:0x11: CMPU: no OPER\n"
        "some.chunk:0x19: CMPU: OPND: 'x' is not a number\n"
        "some.chunk:0x22: CMPU: unexpected NTVL\n");
}

TEST_CASE("each finding can be a JSON object with the same contents") {
  auto how = options();
  how.as_json = true;
  CHECK(shown(how, faulty) ==
        R"({"file":"some.chunk","offset":8,"kind":"unexpected","id":"WHAT","subchunk":null,)"
        R"("message":"WHAT: unknown to the protocol"})"
        "\n"
        R"({"file":"some.chunk","offset":17,"kind":"missing","id":"CMPU","subchunk":"OPER",)"
        R"("message":"CMPU: no OPER"})"
        "\n"
        R"({"file":"some.chunk","offset":25,"kind":"bad-value","id":"CMPU","subchunk":"OPND",)"
        R"("message":"CMPU: OPND: 'x' is not a number"})"
        "\n"
        R"({"file":"some.chunk","offset":34,"kind":"unexpected","id":"CMPU","subchunk":"NTVL",)"
        R"("message":"CMPU: unexpected NTVL"})"
        "\n");
}

TEST_CASE("only the ID of a chunk that comes in fragments is checked, once") {
  CHECK(shown(options(), faulty, 10) == "some.chunk:0x8: WHAT: unknown to the protocol\n");
  CHECK(shown(options(), "WHAT\4\0\0\0abcd"sv, 1) ==
        "some.chunk:0x0: WHAT: unknown to the protocol\n");
}

TEST_CASE("a truncated chunk or one that is too large is a finding as well") {
  CHECK(shown(options(), "NOOP\0\0\0\0ECHO\5\0\0\0he"sv) ==
        "some.chunk:0x8: truncated: ECHO declares 5 bytes, 2 are there\n");
  CHECK(shown(options(), "NOOP\0\0\0\0ECHO\5\0"sv) ==
        "some.chunk:0x8: truncated: ECHO: a header has 8 bytes, 6 are there\n");
  auto how = options();
  how.as_json = true;
  CHECK(shown(how, "NOOP\0\0\0\0ECHO\5\0\0\0he"sv) ==
        R"({"file":"some.chunk","offset":8,"kind":"truncated","id":"ECHO","subchunk":null,)"
        R"("message":"truncated: ECHO declares 5 bytes, 2 are there"})"
        "\n");
  CHECK(nlohmann::json::parse(shown(how, "ECHO\5\0\0\0hello"sv, 100, 4)).at("kind") == "too-large");
}

TEST_CASE("the ID of a truncated header is shown from its bytes") {
  auto how = options();
  how.as_json = true;
  std::string out;
  const auto made = make_formatter(how, out);
  const chunk::error why{chunk::errc::truncated, "truncated at byte 0x3: ECHO: and so on"};
  made->fault(chunk::about("some.chunk", why), bytes("ECHO\1"), 3);
  made->fault(why, bytes("ECH"), 4);
  made->fault({chunk::errc::malformed, "no chunks"}, bytes(""), 5);
  CHECK(out == R"({"file":"some.chunk","offset":3,"kind":"truncated","id":"ECHO","subchunk":null,)"
               R"("message":"truncated: ECHO: and so on"})"
               "\n"
               R"({"file":"some.chunk","offset":4,"kind":"truncated","id":null,"subchunk":null,)"
               R"("message":"truncated at byte 0x3: ECHO: and so on"})"
               "\n"
               R"({"file":"some.chunk","offset":5,"kind":"malformed","id":null,"subchunk":null,)"
               R"("message":"no chunks"})"
               "\n");
}

TEST_CASE("only selected findings are shown and counted") {
  const auto chosen = [](std::vector<std::string> only, std::vector<std::string> skip) {
    const tools::format::selection which(only, skip);
    auto how = options();
    how.chosen = &which;
    return shown(how, faulty);
  };
  CHECK(chosen({"WHAT"}, {}) == "some.chunk:0x8: WHAT: unknown to the protocol\n");
  CHECK(chosen({}, {"CMPU"}) == "some.chunk:0x8: WHAT: unknown to the protocol\n");
  CHECK(chosen({"CMPU/OPND"}, {}) == "some.chunk:0x19: CMPU: OPND: 'x' is not a number\n");
}

TEST_CASE("findings are plain ASCII, whatever the names and chunks contain") {
  const auto is_plain = [](char c) { return c == '\n' || (c >= 0x20 && c <= 0x7e); };
  const auto evil = support::sample("evil.chunk");
  for (const bool as_json : {false, true}) {
    auto how = options("\x1b[2J\xc3\xa9.chunk");
    how.as_json = as_json;
    const auto out =
        shown(how, evil + "\x1b]0;\1\0\0\0x"s + "DLAY\x0b\0\0\0NTVL\3\0\0\0\xff\n\x1b"s);
    CAPTURE(out);
    CHECK(out.find("%1b[2J%c3%a9.chunk") != out.npos);
    CHECK(std::ranges::all_of(out, is_plain));
  }
}
