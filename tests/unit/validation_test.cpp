#include "support/bytes.hpp"
#include "support/digit_framing.hpp"

#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>
#include <chunk/validation.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace chunk::literals;
using namespace std::literals;

namespace {

chunk::protocol parsed(std::string_view toml) {
  return chunk::value_or_throw(chunk::parse_protocol(toml, "test.toml"));
}

chunk::protocol example() {
  return chunk::value_or_throw(chunk::find_protocol("example"));
}

/// Each finding as "OFFSET KIND SUBCHUNK TEXT" with a line feed.
std::string listed(const std::vector<chunk::finding>& findings, chunk::id id) {
  std::string out;
  std::uint64_t last = 0;
  for (const auto& each : findings) {
    CHECK(each.id == id);
    CHECK(each.offset >= last);
    last = each.offset;
    out += std::to_string(each.offset) + ' ' + std::string(to_text(each.type)) + ' ';
    out += (each.subchunk ? to_text(*each.subchunk) : "-") + ' ' + each.text + '\n';
  }
  return out;
}

/// The findings in a chunk that is written in the notation and stands at `offset`.
std::string findings(const chunk::protocol& rules, std::string_view text,
                     std::uint64_t offset = 0) {
  const auto draft = chunk::value_or_throw(chunk::parse_chunk(text));
  const auto image = chunk::value_or_throw(chunk::encode(draft, nullptr));
  std::vector<std::byte> wire(image.size());
  image.read(0, wire);
  const auto payload = std::span(wire).subspan(support::header_size);
  return listed(chunk::validate(rules, chunk::chunk_view{draft.id, payload}, offset), draft.id);
}

}  // namespace

TEST_CASE("valid chunks of the example protocol give no findings") {
  for (const auto text : {"NOOP", "NOOP:ignored", "ECHO:%00%ff", "SHUT", "DLAY:NTVL=3.5",
                          "DLAY:OTHR=x:NTVL= 1 ", "CMPU:OPER=+", "CMPU:OPND=3:OPER=**:OPND=(1+2j)",
                          "ANSR:STS%20=0", "ANSR:STS%20=1:VALU=7.0", "ANSR:VALU=nan:STS%20=1"}) {
    CAPTURE(text);
    CHECK(findings(example(), text) == "");
  }
}

TEST_CASE("an ID that the protocol does not have is unexpected") {
  CHECK(findings(example(), "WHAT:x", 25) == "25 unexpected - WHAT: unknown to the protocol\n");
  CHECK(findings(example(), "%00%1b[J") == "0 unexpected - %00%1b[J: unknown to the protocol\n");
}

TEST_CASE("a subchunk is unexpected outside of a container") {
  CHECK(findings(example(), "OPND:x", 8) == "8 unexpected - OPND: stands in containers only\n");
}

TEST_CASE("a missing subchunk is reported at the offset of its container") {
  CHECK(findings(example(), "CMPU:OPND=3", 16) == "16 missing OPER CMPU: no OPER\n");
  CHECK(findings(example(), "DLAY") == "0 missing NTVL DLAY: no NTVL\n");
  CHECK(findings(parsed("[LIST]\ncontains = ['ITEM+', 'MORE*', 'LAST?']"), "LIST:MORE=x") ==
        "0 missing ITEM LIST: no ITEM\n");
}

TEST_CASE("every repetition of a subchunk that may occur once is a finding") {
  CHECK(findings(example(), "CMPU:OPER=+:OPER=-:OPND=1:OPER=*", 100) ==
        "117 repeated OPER CMPU: more than one OPER\n"
        "135 repeated OPER CMPU: more than one OPER\n");
  CHECK(findings(example(), "ANSR:STS%20=1:VALU=1:VALU=2") ==
        "26 repeated VALU ANSR: more than one VALU\n");
}

TEST_CASE("a subchunk of another container is unexpected, unless others are allowed") {
  CHECK(findings(example(), "CMPU:OPER=+:NTVL=1:OPND=2") ==
        "17 unexpected NTVL CMPU: unexpected NTVL\n");
  CHECK(findings(example(), "DLAY:OPER=+:NTVL=1:WHAT=2") == "");
}

TEST_CASE("a subchunk out of the order of an ordered container is misplaced") {
  const auto rules = parsed("[LIST]\ncontains = ['AAAA?', 'BBBB*', 'CCCC?']\nordered = true");
  CHECK(findings(rules, "LIST:BBBB=:CCCC=:AAAA=:BBBB=") ==
        "24 misplaced AAAA LIST: AAAA after CCCC\n"
        "32 misplaced BBBB LIST: BBBB after CCCC\n");
  CHECK(findings(rules, "LIST:AAAA=:BBBB=:BBBB=:CCCC=") == "");
}

TEST_CASE("a value that does not have the form of its type is a finding at its subchunk") {
  CHECK(findings(example(), "CMPU:OPER=+:OPND=3:OPND=x", 25) ==
        "51 bad-value OPND CMPU: OPND: 'x' is not a number\n");
  CHECK(findings(example(), "DLAY:NTVL=inf") ==
        "8 bad-value NTVL DLAY: NTVL: 'inf' is not a decimal number\n");
  CHECK(findings(example(), "DLAY:NTVL=1:OPND=x") ==
        "17 bad-value OPND DLAY: OPND: 'x' is not a number\n");
}

TEST_CASE("the value of a chunk that is not a container is checked as well") {
  const auto rules = parsed("[SIZE]\ntype = 'u32'\n[DATA]\n");
  CHECK(findings(rules, "SIZE:%01%02%03%04") == "");
  CHECK(findings(rules, "SIZE:123", 7) ==
        "7 bad-value - SIZE: 3 bytes are not a u32, which has 4\n");
  CHECK(findings(rules, "DATA:123") == "");
}

TEST_CASE("a container that its subchunks do not fill has a finding where they end") {
  CHECK(findings(example(), "CMPU:abc", 8) ==
        "16 malformed - CMPU: 3 bytes are left, too few for a subchunk\n");
  CHECK(findings(example(), "CMPU:OPND%01%00%00%00xOPER%05%00%00%00+") ==
        "8 bad-value OPND CMPU: OPND: 'x' is not a number\n"
        "17 malformed OPER CMPU: OPER declares 5 bytes, 1 are there\n");
  CHECK(findings(example(), "CMPU:OPER%ff%ff%ff%ff") ==
        "8 malformed OPER CMPU: OPER declares 4294967295 bytes, 0 are there\n");
}

TEST_CASE("all findings of a chunk come in the order of their offsets") {
  CHECK(findings(example(), "CMPU:OPND=x:NTVL=y:OPND=z", 100) ==
        "100 missing OPER CMPU: no OPER\n"
        "108 bad-value OPND CMPU: OPND: 'x' is not a number\n"
        "117 unexpected NTVL CMPU: unexpected NTVL\n"
        "117 bad-value NTVL CMPU: NTVL: 'y' is not a decimal number\n"
        "126 bad-value OPND CMPU: OPND: 'z' is not a number\n");
}

TEST_CASE("what a chunk would have behind its payload moves no finding") {
  const auto rules =
      parsed("header = 'id:1 length:u8'\nalign = 4\ntrailer = '%ff'\n[C]\ncontains = ['a']\n");
  const auto id = chunk::value_or_throw(chunk::parse_id("C", rules.framing.ids()));
  for (const auto& payload : {"b\0\xff\0"s, "b\0\xff"s}) {
    const auto found = validate(rules, chunk::chunk_view{id, support::bytes(payload)}, 1000);
    REQUIRE(found.size() >= 2);
    CHECK(found.back().offset == 1002);
  }
}

TEST_CASE("what stands behind a payload is checked even without rules") {
  const auto rules = parsed("header = 'id:1 length:u8'\nalign = 4\ntrailer = '%ff'\n");
  const auto id = chunk::value_or_throw(chunk::parse_id("C", rules.framing.ids()));
  const auto of = [&](std::string_view payload, std::string_view tail) {
    const auto front = encode(chunk::header{id, payload.size()}, rules.framing);
    const chunk::placed_chunk whole{
        {id, support::bytes(payload), front}, 8, front.size(), support::bytes(tail)};
    return listed(chunk::validate(rules, whole), id);
  };
  CHECK(of("a", "\xff") == "");
  CHECK(of("ab", "\xff\0\0\0"sv) == "");
  CHECK(of("a", "\xfe") == "8 bad-trailer - C: wrong trailer %fe\n");
  CHECK(of("ab", "\xff\0\0"sv) == "8 bad-padding - C: 1 of 3 bytes of padding are missing\n");
  CHECK(of("ab", "\xff\0\1\0"sv) == "8 bad-padding - C: padding %00%01%00 is not zero\n");
}

TEST_CASE("a header alone tells only whether the ID is expected") {
  const auto of_header = [](chunk::id id) {
    return listed(chunk::validate(example(), chunk::header{id, 5}, 9), id);
  };
  CHECK(of_header("CMPU"_id) == "");
  CHECK(of_header("WHAT"_id) == "9 unexpected - WHAT: unknown to the protocol\n");
  CHECK(of_header("OPND"_id) == "9 unexpected - OPND: stands in containers only\n");
}

TEST_CASE("without rules, or with guesses only, there are no findings") {
  const auto none = chunk::value_or_throw(chunk::find_protocol("none"));
  for (const auto text : {"CMPU:x", "WHAT", "OPND:x"}) {
    CAPTURE(text);
    CHECK(findings(none, text) == "");
    CHECK(findings(chunk::guessing_protocol(), text) == "");
  }
  CHECK(chunk::validate(none, chunk::header{"WHAT"_id, 5}).empty());
}

TEST_CASE("findings are placed by the framing of the protocol") {
  auto rules = example();
  rules.framing = support::digit_framing;
  const auto findings = [&](std::string_view payload) {
    // A header of 8 bytes at 100: CMPU and a length with a zero in front.
    const chunk::placed_chunk whole{{"CMPU"_id, support::bytes(payload)}, 100, 8};
    return listed(chunk::validate(rules, whole), whole.id);
  };
  CHECK(findings("OPER1:+OPND1:3") == "");
  CHECK(findings("OPER1:+WHAT0:") == "115 unexpected WHAT CMPU: unexpected WHAT\n");
  CHECK(findings("OPER1:+OPND5:3") ==
        "115 malformed OPND CMPU: OPND declares 5 bytes, 1 are there\n");
  CHECK(findings("OPER1:+OP") ==
        "115 malformed - CMPU: 2 bytes are left, too few for a subchunk\n");
  CHECK(findings("OPER1:+OPND:") == "115 malformed - CMPU: no header of a subchunk: OPND:\n");
}

TEST_CASE("containers are checked on every level, behind their prefix, by their own framing") {
  const auto rules = parsed(
      "header = 'id:4 length:u32le'\nalign = 2\ndepth = 2\n"
      "[RIFF]\nprefix = 4\ncontains = ['LIST?', 'text']\n"
      "[LIST]\nprefix = 4\ncontains = ['abcd', 'IART*']\n"
      "[text]\ntype = 'decimal'\n[IART]\ntype = 'text'\n");
  const auto found = [&](std::string_view text) {
    const auto draft = chunk::value_or_throw(chunk::parse_chunk(text, rules));
    const auto image = chunk::value_or_throw(chunk::encode(draft, nullptr));
    std::vector<std::byte> wire(image.size());
    image.read(0, wire);
    const auto payload = std::span(wire).subspan(8, image.size() - 8 - image.tail_size());
    std::string out;
    for (const auto& each : chunk::validate(rules, chunk::chunk_view{draft.id, payload}, 100)) {
      out += std::to_string(each.offset) + ' ' + std::string(to_text(each.type)) + ' ' +
             to_text(each.id) + ' ' + each.text + '\n';
    }
    return out;
  };
  CHECK(found("RIFF:WAVE:text=7:LIST={INFO:abcd=:IART=x}") == "");
  CHECK(found("RIFF:WAVE:LIST={INFO:IART=x}:text=seven") ==
        "112 missing RIFF RIFF: LIST: no abcd\n"
        "134 bad-value RIFF RIFF: text: 'seven' is not a decimal number\n");
  CHECK(found("RIFF:WAVE:text=7:LIST={INFO:abcd=:abcd=:WHAT=}") ==
        "142 repeated RIFF RIFF: LIST: more than one abcd\n150 unexpected RIFF RIFF: LIST: "
        "unexpected WHAT\n");
  CHECK(found("RIFF:WAVE:text=7:LIST=INFOabc") ==
        "134 malformed RIFF RIFF: LIST: 3 bytes are left, too few for a subchunk\n");
  CHECK(found("RIFF:WAVE:text=7:LIST=INF") ==
        "122 malformed RIFF RIFF: LIST: 4 bytes stand before the subchunks, 3 are there\n");
  CHECK(found("RIFF:WA") ==
        "100 malformed RIFF RIFF: 4 bytes stand before the subchunks, 2 are there\n");
}

TEST_CASE("a container of many kinds of subchunks is checked as one of few") {
  constexpr int kinds = 60;
  const auto name = [](int number) { return "K" + std::to_string(100 + number * 7 % kinds); };
  std::string members;
  std::string all;
  for (int number = 0; number < kinds; ++number) {
    members += (number ? ", '" : "'") + name(number) + "'";
    all += ":" + name(number) + "=";
  }
  const auto rules = parsed("[MANY]\nordered = true\ncontains = [" + members + "]");
  CHECK(findings(rules, "MANY" + all) == "");
  CHECK(findings(rules, "MANY" + all + ":WHAT=:K100=:K153=") ==
        "488 unexpected WHAT MANY: unexpected WHAT\n"
        "496 repeated K100 MANY: more than one K100\n"
        "496 misplaced K100 MANY: K100 after K153\n"
        "504 repeated K153 MANY: more than one K153\n");
  CHECK(findings(rules, "MANY" + all.substr(6)) == "0 missing K100 MANY: no K100\n");
}
