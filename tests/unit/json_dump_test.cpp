// The JSON dump of any bytes stands for the same bytes, and every line of it is an object of its
// own.
#include "format/registry.hpp"
#include "support/bytes.hpp"
#include "support/json_lines.hpp"
#include "support/piecewise.hpp"
#include "support/random_streams.hpp"
#include "support/samples.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using nlohmann::json;

constexpr std::uint32_t usual_hold = 64 * 1024;

tools::format::format_options with(const chunk::protocol& rules) {
  tools::format::format_options how;
  how.format = &tools::format::json_format;
  how.rules = &rules;
  return how;
}

/// What `chunk-dump --json` prints of a stream that comes in such pieces. Chunks of more than
/// `hold` bytes are not waited for.
std::string dump_json(std::string_view stream, std::size_t piece, std::uint32_t hold,
                      const chunk::protocol& rules) {
  std::string out;
  const auto made = make_formatter(with(rules), out);
  support::takers to;
  to.part = [&](const chunk::fragment& given) { made->add(given, {}); };
  to.fault = [&](const chunk::error& why, std::span<const std::byte> bytes, std::uint64_t offset) {
    made->fault(why, bytes, offset);
  };
  support::take_apart(stream, piece, hold, to);
  made->finish();
  return out;
}

std::string dump_json(std::string_view stream, const chunk::protocol& rules) {
  return dump_json(stream, stream.size() + 1, usual_hold, rules);
}

/// What `chunk-send --from json` sends, followed by the error, if any.
std::string perform(std::string_view text) {
  return support::read_json(text, text.size() + 1);
}

std::vector<chunk::protocol> protocols() {
  return {chunk::guessing_protocol(), value_or_throw(chunk::find_protocol("example")),
          value_or_throw(chunk::find_protocol("none"))};
}

chunk::protocol example() {
  return value_or_throw(chunk::find_protocol("example"));
}

/// The objects, or why a line is not an object.
std::vector<json> objects(std::string_view text) {
  std::vector<json> out;
  while (!text.empty()) {
    const auto stop = text.find('\n');
    REQUIRE(stop != text.npos);
    out.push_back(json::parse(text.substr(0, stop)));
    text.remove_prefix(stop + 1);
  }
  return out;
}

std::string chunk_of(std::string_view id, std::string_view payload) {
  std::string out;
  support::append_chunk(out, id, payload, payload.size());
  return out;
}

void append_utf8(std::string& out, char32_t value) {
  const auto put = [&](char32_t byte) {
    out += static_cast<char>(static_cast<unsigned char>(byte));
  };
  const auto rest = [&](unsigned shift) { put(0x80 | (value >> shift & 0x3f)); };
  if (value < 0x80) return put(value);
  if (value < 0x800) {
    put(0xc0 | value >> 6);
  } else if (value < 0x10000) {
    put(0xe0 | value >> 12);
    rest(6);
  } else {
    put(0xf0 | value >> 18);
    rest(12);
    rest(6);
  }
  rest(0);
}

/// The payload as the object of its chunk has it, with the name of its key.
std::string shown(std::string_view payload) {
  const auto line =
      dump_json(chunk_of("ECHO", payload), value_or_throw(chunk::find_protocol("none")));
  const auto from = line.find(R"(,"length":)");
  return line.substr(line.find(',', from + 1) + 1);
}

}  // namespace

TEST_CASE("the lines of the sample are what the manual page says") {
  CHECK(dump_json(support::sample("req.chunk"), example()) ==
        R"({"index":0,"depth":0,"offset":0,"id":"NOOP","length":0,"text":""}
{"index":1,"depth":0,"offset":8,"id":"ECHO","length":9,"text":"hi there!"}
{"index":2,"depth":0,"offset":25,"id":"CMPU","length":27}
{"index":3,"parent":2,"depth":1,"offset":33,"id":"OPER","length":1,"text":"+"}
{"index":4,"parent":2,"depth":1,"offset":42,"id":"OPND","length":1,"value":3,"text":"3"}
{"index":5,"parent":2,"depth":1,"offset":51,"id":"OPND","length":1,"value":4,"text":"4"}
{"index":6,"depth":0,"offset":60,"id":"SHUT","length":0,"text":""}
)");
}

TEST_CASE("a truncated chunk, a truncated header and a broken container have an error") {
  const auto rules = example();
  CHECK(dump_json("ECHO\5\0\0\0hi"sv, rules) ==
        R"({"index":0,"depth":0,"offset":0,"id":"ECHO","length":5,"base64":"aGk=",)"
        R"("error":"stream: truncated at byte 0x0: ECHO declares 5 bytes, 2 are there"})"
        "\n");
  CHECK(dump_json("NOOP\0\0\0\0EC\"O"sv, rules) ==
        R"({"index":0,"depth":0,"offset":0,"id":"NOOP","length":0,"text":""})"
        "\n"
        R"({"index":1,"depth":0,"offset":8,"length":4,"base64":"RUMiTw==",)"
        R"("error":"stream: truncated at byte 0x8: EC%22O: a header has 8 bytes, 4 are there"})"
        "\n");
  const auto broken = objects(dump_json("CMPU\3\0\0\0abc"sv, rules));
  REQUIRE(broken.size() == 1);
  CHECK(broken[0].at("text") == "abc");
  CHECK(broken[0].contains("error"));
}

TEST_CASE("text is text, and any other payload is base64") {
  CHECK(shown("") == "\"text\":\"\"}\n");
  CHECK(shown("a\"b\\c\td\ne\rf") == R"("text":"a\"b\\c\td\ne\rf"})"
                                     "\n");
  CHECK(shown("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80") == R"("text":"\u00e9\u20ac\ud83d\ude00"})"
                                                         "\n");
  CHECK(shown("\xc2\xa0\xef\xbf\xbf\xf4\x8f\xbf\xbf") == R"("text":"\u00a0\uffff\udbff\udfff"})"
                                                         "\n");
  constexpr std::array no_text{"\0"sv,
                               "\x1b["sv,
                               "\x7f"sv,
                               "\xc2\x80"sv,
                               "\xc2\x9f"sv,
                               "\x80"sv,
                               "\xff"sv,
                               "\xc3"sv,
                               "\xc3("sv,
                               "\xe2\x82"sv,
                               "\xc0\xaf"sv,
                               "\xc1\xbf"sv,
                               "\xe0\x9f\xbf"sv,
                               "\xed\xa0\x80"sv,
                               "\xed\xbf\xbf"sv,
                               "\xf0\x9f\x98"sv,
                               "\xf0\x8f\xbf\xbf"sv,
                               "\xf4\x90\x80\x80"sv,
                               "\xf5\x80\x80\x80"sv};
  for (const auto payload : no_text) {
    CAPTURE(support::hex(support::bytes(payload)));
    CHECK(shown(payload).starts_with(R"("base64":")"));
    CHECK(shown("some " + std::string(payload)).starts_with(R"("base64":")"));
  }
}

TEST_CASE("every character of Unicode except controls is text, and reads back the same") {
  std::string text;
  for (char32_t value = 0xa0; value <= 0x10ffff; value += value < 0x3000 ? 1 : 61) {
    if (value >= 0xd800 && value < 0xe000) continue;
    std::string payload;
    append_utf8(payload, value);
    text += payload;
    if (text.size() < 60'000) continue;
    const auto stream = chunk_of("ECHO", text);
    const auto lines = dump_json(stream, example());
    CHECK(support::is_plain(lines));
    CHECK(objects(lines).at(0).at("text") == text);
    CHECK(perform(lines) == stream);
    text.clear();
  }
}

TEST_CASE(
    "a value is a number where JSON can have it, a string elsewhere, and none when malformed") {
  const auto rules = example();
  const auto value = [&](std::string_view payload) {
    const auto lines = dump_json(chunk_of("CMPU", chunk_of("OPND", payload)), rules);
    const auto all = objects(lines);
    REQUIRE(all.size() == 2);
    return all[1].contains("value") ? all[1].at("value").dump() : "none";
  };
  CHECK(value("3") == "3");
  CHECK(value("-0.5") == "-0.5");
  CHECK(value("1+2j") == "\"1+2j\"");
  CHECK(value("inf") == "\"inf\"");
  CHECK(value("x") == "none");
  CHECK(value("") == "none");
}

TEST_CASE("a chunk that comes in fragments is the same line in whatever pieces it arrives") {
  std::string payload;
  for (unsigned at = 0; at < 200'001; ++at)
    payload += support::char_of(static_cast<int>(at * 7 % 251));
  const auto stream = chunk_of("ECHO", payload) + chunk_of("NOOP", "") + chunk_of("LONG", payload);
  const auto rules = chunk::guessing_protocol();
  const auto lines = dump_json(stream, rules);
  CHECK(objects(lines).size() == 3);
  CHECK(perform(lines) == stream);
  for (const std::size_t piece : {1000U, 4099U, 65'536U}) {
    CAPTURE(piece);
    CHECK(dump_json(stream, piece, usual_hold, rules) == lines);
    CHECK(support::read_json(lines, piece) == stream);
  }
  for (const std::size_t cut : {100U, 70'000U, 200'008U, 200'020U, 300'000U}) {
    CAPTURE(cut);
    CHECK(perform(dump_json(stream.substr(0, cut), 5000, usual_hold, rules)) ==
          stream.substr(0, cut));
  }
}

TEST_CASE("text that is too long to be held is base64 even if it is given whole") {
  const auto rules = chunk::guessing_protocol();
  const auto stream = chunk_of("ECHO", std::string(usual_hold + 1, 'x'));
  const auto in_parts = dump_json(stream, rules);
  CHECK(dump_json(stream, stream.size() + 1, chunk::max_length, rules) == in_parts);
  CHECK(objects(in_parts).at(0).contains("base64"));
}

TEST_CASE("the JSON dump of each prefix of each sample converts back to the same bytes") {
  for (const auto& rules : protocols()) {
    CAPTURE(rules.name);
    for (const auto name : support::sample_streams) {
      const auto whole = support::sample(name);
      for (std::size_t size = 0; size <= whole.size(); ++size) {
        const auto stream = whole.substr(0, size);
        CAPTURE(name);
        CAPTURE(size);
        const auto lines = dump_json(stream, rules);
        CHECK(support::is_plain(lines));
        CHECK(perform(lines) == stream);
        CHECK(support::read_json(lines, 1) == stream);
        CHECK(perform(dump_json(stream, 1, 0, rules)) == stream);
      }
    }
  }
}

TEST_CASE("the JSON dump of fifty thousand random byte strings converts back to the same bytes") {
  constexpr std::uint64_t seed = 20'261'124;
  CAPTURE(seed);
  std::vector<std::string> samples;
  for (const auto name : support::sample_streams) samples.push_back(support::sample(name));
  const auto rules = protocols();
  support::generator random(seed);
  for (int index = 0; index < 50'000; ++index) {
    CAPTURE(index);
    const auto stream = support::random_string(random, samples);
    const auto piece =
        support::below(random, 4) == 0 ? 1 + support::below(random, 20) : stream.size() + 1;
    const std::uint32_t hold = support::below(random, 2) == 0 ? usual_hold : 8;
    const auto lines =
        dump_json(stream, piece, hold, rules[static_cast<std::size_t>(index) % rules.size()]);
    REQUIRE(support::is_plain(lines));
    REQUIRE(support::read_json(lines, 1 + support::below(random, 200)) == stream);
  }
}
