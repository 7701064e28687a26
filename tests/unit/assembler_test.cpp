#include "dump/assembler.hpp"

#include "support/bytes.hpp"
#include "support/samples.hpp"
#include "support/trace.hpp"
#include "support/wire.hpp"

#include <chunk/escape.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace chunk::literals;
using namespace std::literals;
using support::wire;
using tools::dump::assembler;

namespace {

/// A fragment as (ID/length@offset payload), with brackets only where the chunk begins or ends.
std::string show(const chunk::fragment& given) {
  std::string out(given.level, '>');
  if (given.kind == chunk::fragment_kind::stray) out += '?';
  if (given.begins) out += '(';
  out += to_text(given.head.id) + '/' + std::to_string(given.head.length) + '@' +
         std::to_string(given.offset) + ' ';
  chunk::append_escaped(out, given.payload, chunk::word_escapes);
  if (!given.tail.empty()) out += '|';
  chunk::append_escaped(out, given.tail, chunk::word_escapes);
  if (given.enters) out += '{';
  if (given.leaves) out += '}';
  return out + (given.ends ? ")" : "");
}

std::string show(const assembler::fault& fault) {
  std::string out = '!' + fault.why.code.message() + '@' + std::to_string(fault.offset) + ' ';
  chunk::append_escaped(out, fault.bytes, chunk::word_escapes);
  return fault.truncated && !fault.begun ? show(*fault.truncated) + out : out;
}

/// The fragments that an assembler gives for a stream that comes in `pieces`.
std::string assemble(std::span<const std::string_view> pieces, std::uint32_t max_payload,
                     std::uint32_t hold, const chunk::framing& how = {},
                     const chunk::protocol* rules = nullptr) {
  std::string out;
  assembler from(max_payload, hold, how, rules);
  for (const auto text : pieces) {
    const auto piece = support::copied(text);
    std::span<const std::byte> rest = piece;
    chunk::fragment given;
    while (from.next(rest, given)) out += show(given);
    support::require(rest.empty(), "all of a piece is taken");
    if (const auto fault = from.take_fault()) out += show(*fault);
  }
  from.end();
  std::span<const std::byte> none;
  chunk::fragment given;
  while (from.next(none, given)) out += show(given);
  if (const auto fault = from.finish()) out += show(*fault);
  return out;
}

std::string assemble(std::string_view whole, std::uint32_t max_payload = chunk::max_length,
                     std::uint32_t hold = assembler::standard_hold) {
  return assemble(std::span(&whole, 1), max_payload, hold);
}

}  // namespace

TEST_CASE("an assembler gives a short chunk in one fragment, and only the ends of a longer one") {
  const auto stream = wire("NOOP"_id, "") + wire("ECHO"_id, "abc") + wire("LONG"_id, "abcde");
  CHECK(assemble(stream, chunk::max_length, 3) ==
        "(NOOP/0@0 )(ECHO/3@8 abc)(LONG/5@19 LONG/5@19 )");
}

TEST_CASE("an assembler gives the same fragments wherever the input is split") {
  auto stream = wire("NOOP"_id, "") + wire("LONG"_id, "abcdefgh") + wire("ECHO"_id, "abc") +
                wire("NOOP"_id, "") + wire("ECHO"_id, "d");
  for (const auto& tail : std::vector{""s, "HA"s, wire("LONG"_id, 9, "a"), wire("ECHO"_id, 4, "ab"),
                                      wire("ECHO"_id, 4, ""), wire("HUGE"_id, 12, "abc")}) {
    const auto whole = stream + tail;
    const auto wanted = assemble(whole, 10, 4);
    CAPTURE(whole);
    CAPTURE(wanted);
    for (std::size_t first = 0; first <= whole.size(); ++first) {
      for (std::size_t second = first; second <= whole.size(); ++second) {
        const auto view = std::string_view(whole);
        const std::array pieces{view.substr(0, first), view.substr(first, second - first),
                                view.substr(second)};
        REQUIRE(assemble(pieces, 10, 4) == wanted);
      }
    }
    CHECK(assemble(support::cut_evenly(whole, 1), 10, 4) == wanted);
  }
}

TEST_CASE("an assembler gives the same fragments of the samples however they are split") {
  for (const auto name : support::sample_streams) {
    const auto whole = support::sample(name);
    for (const std::uint32_t hold : {0U, 10U, 100'000U}) {
      CAPTURE(name);
      CAPTURE(hold);
      const auto wanted = assemble(whole, chunk::max_length, hold);
      CHECK(assemble(support::cut_evenly(whole, 1), chunk::max_length, hold) == wanted);
      for (std::uint32_t seed = 0; seed < 50; ++seed) {
        CAPTURE(seed);
        const auto pieces = support::cut_randomly(whole, seed);
        REQUIRE(assemble(pieces, chunk::max_length, hold) == wanted);
      }
    }
  }
}

TEST_CASE("an assembler gives the incomplete chunk of a truncated stream") {
  CHECK(assemble("NO") == "!truncated@0 NO");
  CHECK(assemble(wire("NOOP"_id, "") + "NOOP\1\0\0"s) == "(NOOP/0@0 )!truncated@8 NOOP%01%00%00");
  CHECK(assemble(wire("ECHO"_id, 3, "ab")) == "(ECHO/3@0 ab!truncated@0 ");
  CHECK(assemble(wire("ECHO"_id, 3, "")) == "(ECHO/3@0 !truncated@0 ");
  CHECK(assemble(wire("ECHO"_id, 3, "ab"), chunk::max_length, 2) ==
        "(ECHO/3@0 !truncated@0 ECHO%03%00%00%00");
}

TEST_CASE("an assembler reports a chunk that is too large, and ignores what follows") {
  const auto refused = wire("NOOP"_id, "") + wire("HUGE"_id, 5, "abcde") + wire("NOOP"_id, "");
  CHECK(assemble(refused, 4) ==
        "(NOOP/0@0 )!" + make_error_code(chunk::errc::too_large).message() + "@8 HUGE%05%00%00%00");
}

TEST_CASE("an assembler gives the same fragments of any framing wherever the input is split") {
  const auto rules = value_or_throw(chunk::parse_protocol(R"(
header = "id:1 length:u8 flags:u8"
start = "hello"
trailer = "."
align = 2
[a]
open = [255]
)",
                                                          "test"));
  const auto stream =
      "hello"
      "b\3\1xyz.\0"
      "c\0\2."
      "d\6\0uvwxyz."
      "e\1\0x.\0"s;
  const std::array<std::pair<std::string, std::string>, 5> tails{{
      {"", ""},
      {"f\4\0abcd"s, "(f/4@33 abcd!truncated@33 "},
      {"a\xff\0abc"s, "(a/18446744073709551615@33 a/18446744073709551615@33 )"},
      {"g\2\0a"s, "(g/2@33 a!truncated@33 "},
      {"h\1\0x."s, "(h/1@33 x|.)"},
  }};
  for (const auto& [tail, shown] : tails) {
    const auto whole = stream + tail;
    CAPTURE(whole);
    const auto wanted = assemble(std::array{std::string_view(whole)}, 99, 4, rules.framing);
    CHECK(wanted ==
          "(%00%00%00%00/0@0 hello)(b/3@5 xyz|.%00)(c/0@13 |.)(d/6@17 d/6@17 |.)(e/1@27 x|.%00)" +
              shown);
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
      const auto view = std::string_view(whole);
      const std::array pieces{view.substr(0, cut), view.substr(cut)};
      CHECK(assemble(pieces, 99, 4, rules.framing) == wanted);
    }
    CHECK(assemble(support::cut_evenly(whole, 1), 99, 4, rules.framing) == wanted);
  }
}

TEST_CASE("an assembler walks long containers, wherever the input is split") {
  const auto rules = chunk::value_or_throw(chunk::parse_protocol(R"(
header = "id:1 length:u8"
align = 2
depth = 3
[R]
contains = ["*"]
prefix = 2
open = [255]
)",
                                                                 "test.toml"));
  const auto stream = [](std::string_view inner, std::string_view behind = "") {
    return "R" + std::string(1, static_cast<char>(inner.size())) + std::string(inner) +
           std::string(behind);
  };
  const std::vector<std::pair<std::string, std::string>> cases{
      {stream("abx\2yz", "q\0"s), "(R/6@0 ab{>(x/2@4 yz)R/6@0 })(q/0@8 )"},
      {stream("abx\3xyz\0l\6abcdef"s), "(R/16@0 ab{>(x/3@4 xyz|%00)>(l/6@10 >l/6@10 )R/16@0 })"},
      {stream("abx\1y\0R\7ABa\1b\0c"s + '\0'),
       "(R/16@0 ab{>(x/1@4 y|%00)>(R/7@8 AB{>>(a/1@12 b|%00)>>?(%00%00%00%00/0@16 c)>R/7@8 "
       "|%00})R/16@0 })"},
      {stream("abx\x20stray bytes"),
       "(R/15@0 ab{>?(x/32@4 x%20str)>?(x/32@9 ay%20by)>?(x/32@14 tes)R/15@0 })"},
      {"R\xff"
       "abc\1x"
       "\0d\1"s,
       "(R/18446744073709551615@0 ab{>(c/1@4 x|%00)>(d/1@8 !truncated@8 "},
  };
  for (const auto& [whole, wanted] : cases) {
    CAPTURE(support::hex(support::bytes(whole)));
    std::string first;
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
      CAPTURE(cut);
      const std::array pieces{std::string_view(whole).substr(0, cut),
                              std::string_view(whole).substr(cut)};
      const auto got = assemble(pieces, chunk::max_length, 5, rules.framing, &rules);
      if (cut == 0) first = got;
      CHECK(got == first);
    }
    std::vector<std::string_view> bytes;
    for (std::size_t at = 0; at < whole.size(); ++at) {
      bytes.push_back(std::string_view(whole).substr(at, 1));
    }
    CHECK(assemble(bytes, chunk::max_length, 5, rules.framing, &rules) == first);
    CHECK(first == wanted);
  }
}
