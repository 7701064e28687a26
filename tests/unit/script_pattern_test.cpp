#include "script/language/expectation.hpp"
#include "script/language/pattern.hpp"
#include "support/bytes.hpp"
#include "support/digit_framing.hpp"
#include "support/framed_streams.hpp"
#include "support/framings.hpp"
#include "support/random_streams.hpp"
#include "support/wire.hpp"

#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace chunk::literals;
using support::bytes;
using support::wire;
using tools::script::captured;
using tools::script::pattern;

namespace {

pattern parsed(std::string_view text, bool exact = false) {
  std::string_view offending;
  auto out = pattern::parse(text, exact, offending);
  CAPTURE(text);
  REQUIRE(out);
  return *out;
}

/// "" if the reply matches the pattern, or the reason; preceded by the captures.
std::string compared(const pattern& wanted, const chunk::id& id, std::string_view payload) {
  captured names;
  const auto wrong = wanted.compare({{id, bytes(payload)}}, 100, names);
  std::string out;
  if (!wrong) {
    for (const auto& [name, value] : names) {
      out += name + "=" + std::string(support::chars(value)) + " ";
    }
  }
  return wrong ? wrong->reason : out;
}

std::string compared(std::string_view text, const chunk::id& id, std::string_view payload) {
  return compared(parsed(text), id, payload);
}

/// The text, and the mistake in it.
std::string mistake(std::string_view text, bool exact = false) {
  std::string_view offending;
  const auto out = pattern::parse(text, exact, offending);
  CAPTURE(text);
  REQUIRE(!out);
  return std::string(offending) + " | " + out.error().detail;
}

std::string operands(std::initializer_list<std::string_view> values) {
  std::string out;
  for (const auto each : values) out += wire("OPND"_id, each);
  return out;
}

}  // namespace

TEST_CASE("an ID alone matches any contents, with a colon no contents") {
  CHECK(compared("ECHO", "ECHO"_id, "anything") == "");
  CHECK(compared("ECHO:", "ECHO"_id, "") == "");
  CHECK(compared("ECHO:", "ECHO"_id, "a") == "the payload has 1 byte, not 0");
  CHECK(compared("ECHO", "NOOP"_id, "") == "the ID is NOOP, not ECHO");
}

TEST_CASE("plain contents are exact, and the first wrong byte is named") {
  CHECK(compared("ECHO:a%00b", "ECHO"_id, std::string_view("a\0b", 3)) == "");
  CHECK(compared("ECHO:abc", "ECHO"_id, "axc") == "the payload differs: byte 1 is 78, not 62");
  CHECK(compared("ECHO:abc", "ECHO"_id, "ab") == "the payload has 2 bytes, not 3");
  CHECK(compared("ECHO,fill=5:ab", "ECHO"_id, "ababa") == "");
  CHECK(compared("ECHO,fill=5:ab", "ECHO"_id, "abab") == "the payload has 4 bytes, not 5");
}

TEST_CASE("ranges of lengths include both ends") {
  for (const auto good : {"ab", "abc", "abcd"})
    CHECK(compared("ECHO:len=2..4", "ECHO"_id, good) == "");
  CHECK(compared("ECHO:len=2..4", "ECHO"_id, "a") == "the payload has 1 byte, not 2 to 4");
  CHECK(compared("ECHO:len=2..4", "ECHO"_id, "abcde") == "the payload has 5 bytes, not 2 to 4");
  CHECK(compared("ECHO:len=3", "ECHO"_id, "abc") == "");
  CHECK(compared("ECHO:len=3", "ECHO"_id, "ab") == "the payload has 2 bytes, not 3");
}

TEST_CASE("regular expressions match any bytes, and their groups set values") {
  CHECK(compared("ECHO:~^a.c$", "ECHO"_id, "a\nc") == "");
  CHECK(compared("ECHO:~b", "ECHO"_id, "abc") == "");
  CHECK(compared("ECHO:~^b", "ECHO"_id, "abc") == "the payload does not match ~^b");
  CHECK(compared("ECHO:~^\\x00\\xff$", "ECHO"_id, std::string_view("\0\xff", 2)) == "");
  CHECK(compared("ECHO:~^%00%ff$", "ECHO"_id, std::string_view("\0\xff", 2)) == "");
  CHECK(compared("ECHO:~(?P<first>\\d+):(?P<second>.)", "ECHO"_id, "no 12:x") ==
        "first=12 second=x ");
  // In a backtracking matcher this would not end.
  CHECK(compared("ECHO:~^(a+)+$", "ECHO"_id, std::string(50'000, 'a') + 'b') ==
        "the payload does not match ~^(a+)+$");
}

TEST_CASE("captures take whole payloads and subchunks") {
  CHECK(compared("ECHO:{all}", "ECHO"_id, "a b") == "all=a b ");
  CHECK(compared("ANSR:VALU={v}:STS%20={s}", "ANSR"_id,
                 wire("STS "_id, "1") + wire("VALU"_id, "7.0")) == "s=1 v=7.0 ");
  CHECK(parsed("ANSR:VALU={v}:STS%20=~(?P<s>.)").names() == std::vector<std::string>{"v", "s"});
  CHECK(compared("ECHO:{}", "ECHO"_id, "{}") == "");
  CHECK(compared("ECHO:%7ball}", "ECHO"_id, "{all}") == "");
}

TEST_CASE("subchunks are found in any order, each one once") {
  const auto reply = operands({"1", "2", "3"});
  CHECK(compared("CMPU:OPND=3:OPND=1", "CMPU"_id, reply) == "");
  CHECK(compared("CMPU:OPND=3:OPND=3", "CMPU"_id, reply) ==
        "none of the 3 subchunks OPND is OPND=3");
  CHECK(compared("CMPU:OPER=+", "CMPU"_id, reply) == "there is no subchunk OPER");
  // The first pattern would take what only the second one can.
  CHECK(compared("CMPU:OPND=~.:OPND=1", "CMPU"_id, operands({"1", "2"})) == "");
  CHECK(compared("CMPU:OPND=~.:OPND=~[12]:OPND=1", "CMPU"_id, operands({"1", "2", "3"})) == "");
  CHECK(compared("CMPU:OPND=1:OPND=1", "CMPU"_id, operands({"1"})) ==
        "there is only one subchunk OPND");
}

TEST_CASE("many subchunks are compared in little time, whether they match or not") {
  constexpr std::size_t count = 4000;
  std::string same = "CMPU";
  std::string captures = "CMPU";
  std::string other = "CMPU";
  std::string reply;
  for (std::size_t at = 0; at < count; ++at) {
    same += ":OPND=~.";
    captures += ":OPND={n" + std::to_string(at) + "}";
    other += ":OPND=" + std::to_string(count - at);
    reply += wire("OPND"_id, std::to_string(at));
  }
  CHECK(compared(same + ":OPND=x", "CMPU"_id, wire("OPND"_id, "x") + reply) == "");
  CHECK(compared(same + ":OPND=x", "CMPU"_id, reply) ==
        "none of the 4000 subchunks OPND is OPND=x");
  CHECK(compared(same + ":OPND=~.", "CMPU"_id, reply) ==
        "none of the 4000 subchunks OPND is OPND=~.");
  CHECK(compared(other, "CMPU"_id, reply) == "none of the 4000 subchunks OPND is OPND=4000");
  CHECK(compared(captures, "CMPU"_id, reply).starts_with("n0=0 n1=1 n2=2 "));
}

TEST_CASE("the first pattern without a subchunk of its own is named, whatever stands behind it") {
  const auto reply = operands({"a", "b"});
  CHECK(compared("CMPU:OPND=~[ab]:OPND=~[ab]:OPND=~a:OPND=x", "CMPU"_id, reply) ==
        "none of the 2 subchunks OPND is OPND=~a");
  CHECK(compared("CMPU:OPND=~a:OPND=~a:OPND=~b", "CMPU"_id, reply) ==
        "none of the 2 subchunks OPND is OPND=~a");
  CHECK(compared("CMPU:OPND=~[ab]:OPER=+", "CMPU"_id, reply) == "there is no subchunk OPER");
}

TEST_CASE("a comparison can be ended, and counts its steps") {
  captured names;
  const auto reply = operands({"1", "22", "333"});
  std::size_t spent = 0;
  const auto count = [&](std::size_t cost) { spent += cost; };
  const auto wanted = parsed("CMPU:OPND=~3:OPND=~2");
  CHECK_FALSE(wanted.compare({{"CMPU"_id, bytes(reply)}}, 0, names, count));
  CHECK(spent >= 6);
  const auto stop = [](std::size_t) { throw std::string("stopped"); };
  CHECK_THROWS_AS(wanted.compare({{"CMPU"_id, bytes(reply)}}, 0, names, stop), std::string);
}

TEST_CASE("exact subchunks come in order, and no others") {
  const auto wanted = parsed("CMPU:OPND=1:OPND=2", true);
  CHECK(compared(wanted, "CMPU"_id, operands({"1", "2"})) == "");
  CHECK(compared(wanted, "CMPU"_id, operands({"2", "1"})) ==
        "subchunk 1, OPND: the payload differs: byte 0 is 32, not 31");
  CHECK(compared(wanted, "CMPU"_id, operands({"1", "2", "3"})) == "3 subchunks, not 2");
  CHECK(compared(wanted, "CMPU"_id, operands({"1"})) == "1 subchunk, not 2");
  CHECK(compared(wanted, "CMPU"_id, operands({"1"}) + wire("OPER"_id, "2")) ==
        "subchunk 2 is OPER, not OPND");
}

TEST_CASE("the difference in a subchunk has its place in the stream") {
  captured names;
  const auto reply = wire("STS "_id, "1") + wire("VALU"_id, "7.0");
  const auto wrong = parsed("ANSR:VALU=7.5").compare({{"ANSR"_id, bytes(reply)}}, 100, names);
  REQUIRE(wrong);
  CHECK(wrong->reason == "subchunk VALU: the payload differs: byte 2 is 30, not 35");
  REQUIRE(wrong->bytes);
  CHECK(wrong->bytes->offset == 100 + 8 + 1 + 8);
  CHECK(wrong->bytes->at == 2);
}

TEST_CASE("a payload that subchunks do not fill does not match subchunks") {
  CHECK(compared("CMPU:OPND=1", "CMPU"_id, operands({"1"}) + "x")
            .starts_with("the payload does not consist of subchunks: "));
}

TEST_CASE("a mistake in an expectation is reported and marked") {
  CHECK(mistake("ECH:x") == "ECH | 'ECH' is not an ID of four bytes");
  CHECK(mistake("ECHO:~(") == "~( | '(': not a regular expression: missing ): (");
  CHECK(mistake("ECHO:len=x") == "len=x | len= 'x' is not a whole number");
  CHECK(mistake("ECHO:len=5..4") == "len=5..4 | '5..4': the first length is above the second");
  CHECK(mistake("CMPU:OPND=1:b") ==
        "b | 'b': not ID=bytes; literal : and = are written %3a and %3d");
  CHECK(mistake("CMPU:OP=1") == "OP | 'OP' is not an ID of four bytes");
  CHECK(mistake("CMPU:OPND=%zz") == "%zz | '%zz': % needs two hexadecimal digits");
  CHECK(mistake("ECHO,len=3:a") == "ECHO,len=3:a | 'ECHO,len=3:a': no reply has a wrong length");
  CHECK(mistake("ECHO", true) == "ECHO | 'ECHO': 'exact' needs contents to be exact about");
  CHECK(mistake("ECHO:@") == "@ | '@': @ needs the name of a file; a literal @ is %40");
}

TEST_CASE("the text of to_expectation() matches its reply and no other") {
  constexpr std::uint64_t seed = 4;
  CAPTURE(seed);
  support::generator random(seed);
  const std::vector<std::string> special{"~a", "{x}",   "{",   "@x", " a ",
                                         "%",  "len=3", "a:b", "",   "\n"};
  for (int round = 0; round < 2000; ++round) {
    CAPTURE(round);
    std::string payload = special[support::below(random, special.size())];
    std::vector<chunk::placed_chunk> inner;
    std::string other = payload + "x";
    if (support::below(random, 2) == 0) {
      const auto first = wire("OPND"_id, payload);
      const auto second = wire("OP: "_id, special[support::below(random, special.size())]);
      payload = first + second;
      other = second + first;
      if (first == second) other += first;
      inner = value_or_throw(chunk::split(bytes(payload)));
    }
    const chunk::placed_chunk reply{{"CMPU"_id, bytes(payload)}, 0, support::header_size};
    static const auto rules = value_or_throw(chunk::find_protocol("example"));
    const auto text = tools::script::to_expectation(reply, rules, {}).value();
    CAPTURE(text);
    const bool exact = text.starts_with("expect,exact:");
    CHECK(exact == !inner.empty());
    const auto wanted = parsed(std::string_view(text).substr(text.find(':') + 1), exact);
    CHECK(compared(wanted, "CMPU"_id, payload) == "");
    CHECK(compared(wanted, "CMPU"_id, other) != "");
  }
}

TEST_CASE("the text of to_expectation() matches its reply in every framing") {
  constexpr std::uint64_t seed = 14;
  CAPTURE(seed);
  support::generator random(seed);
  for (const auto& rules : support::framed_protocols()) {
    CAPTURE(rules.name);
    std::size_t compared = 0;
    for (int round = 0; round < 400; ++round) {
      CAPTURE(round);
      const auto stream = support::random_framed_stream(random, rules);
      const auto how = rules.framing.of(chunk::stream_side::server);
      chunk::decoder from(chunk::no_limit, how);
      auto input = bytes(stream);
      chunk::fragment given;
      for (auto more = from.next(input, given); more && *more; more = from.next(input, given)) {
        const bool whole = given.kind == chunk::fragment_kind::chunk && given.begins && given.ends;
        if (!whole) continue;
        const auto text = tools::script::to_expectation(given.placed(), rules, how);
        if (!text) continue;
        CAPTURE(*text);
        std::string_view offending;
        const auto wanted =
            pattern::parse(text->substr(text->find(':') + 1), false, offending, rules);
        REQUIRE(wanted);
        captured names;
        const auto wrong = wanted->compare(given.placed(), given.payload_offset(), names);
        REQUIRE((wrong ? wrong->reason : "") == "");
        REQUIRE(names.empty());
        ++compared;
      }
    }
    CHECK(compared > 50);
  }
}

namespace {

/// A framing of 8-byte headers with fields, and containers on two levels.
chunk::protocol nested_rules() {
  auto out = chunk::parse_protocol(
      "header = \"id:4 length:u16be flags:u8 kind:u8=1\"\n"
      "align = 2\n"
      "depth = 2\n"
      "[FORM]\n"
      "prefix = 4\n"
      "contains = [\"*\"]\n"
      "[LIST]\n"
      "contains = [\"*\"]\n",
      "test.toml");
  if (!out) FAIL(out.error().detail);
  return std::move(*out);
}

/// "" if the chunk that `sent` describes matches the pattern, or the reason; preceded by captures.
std::string compared_in(const chunk::protocol& rules, std::string_view text, std::string_view sent,
                        bool exact = false) {
  std::string_view offending;
  const auto wanted = pattern::parse(text, exact, offending, rules);
  if (!wanted) return std::string(offending) + " | " + wanted.error().detail;
  const auto draft = chunk::parse_chunk(sent, rules);
  if (!draft) FAIL(draft.error().detail);
  const auto image = chunk::encode(*draft, {});
  REQUIRE(image);
  std::vector<std::byte> wire(static_cast<std::size_t>(image->size()));
  image->read(0, wire);
  std::span<const std::byte> rest = wire;
  std::uint64_t offset = 0;
  chunk::placed_chunk reply;
  REQUIRE(chunk::take_chunk(rules.framing, rest, offset, reply));
  captured names;
  const auto wrong = wanted->compare(reply, reply.payload_offset(), names);
  if (wrong) return wrong->reason;
  std::string out;
  for (const auto& [name, value] : names) {
    out += name + "=" + std::string(support::chars(value)) + " ";
  }
  return out;
}

}  // namespace

TEST_CASE("a pattern compares the fields that it names") {
  const auto rules = nested_rules();
  CHECK(compared_in(rules, "DATA,flags=5:x", "DATA,flags=5,kind=7:x") == "");
  CHECK(compared_in(rules, "DATA,kind=1,flags=0", "DATA:x") == "");
  CHECK(compared_in(rules, "DATA,flags=4:x", "DATA,flags=5:x") == "flags is 5, not 4");
  CHECK(compared_in(rules, "DATA,kind=2,flags=5", "DATA,flags=5:x") == "kind is 1, not 2");
  CHECK(compared_in(rules, "DATA,flags=5", "DATX,flags=5:x") == "the ID is DATX, not DATA");
  CHECK(compared_in(rules, "DATA,flag=5", "DATA").starts_with("DATA,flag=5 | ") == false);
  CHECK(compared_in(rules, "DATA,fill=6,flags=1:ab", "DATA,flags=1:ababab") == "");
  CHECK(compared_in(rules, "DATA,fill=6,flags=2:ab", "DATA,flags=1:ababab") == "flags is 1, not 2");
}

TEST_CASE("a pattern behind two colons is plain bytes") {
  const auto rules = nested_rules();
  CHECK(compared_in(rules, "DATA::a:b=c{", "DATA::a:b=c{") == "");
  CHECK(compared_in(rules, "DATA::~x", "DATA::~x") == "");
  CHECK(compared_in(rules, "DATA::", "DATA:x") == "the payload has 1 byte, not 0");
  CHECK(compared("ECHO::a:b=%25", "ECHO"_id, "a:b=%") == "");
  CHECK(compared("ECHO::a", "ECHO"_id, "b") == "the payload differs: byte 0 is 62, not 61");
}

TEST_CASE("a pattern compares containers on all levels") {
  const auto rules = nested_rules();
  const auto sent = "FORM:AIFF:LIST,flags=3={ABCD=xyz:EFGH=1}:DATA=data";
  CHECK(compared_in(rules, "FORM:AIFF:DATA=data", sent) == "");
  CHECK(compared_in(rules, "FORM:DATA=data", sent) == "");
  CHECK(compared_in(rules, "FORM:{type}:LIST={EFGH={one}:ABCD=~^x}", sent) == "type=AIFF one=1 ");
  CHECK(compared_in(rules, "FORM:AIFC:DATA=data", sent) ==
        "before the subchunks, the payload differs: byte 3 is 46, not 43");
  CHECK(compared_in(rules, "FORM:LIST,flags=3={EFGH=1}", sent) == "");
  CHECK(compared_in(rules, "FORM:LIST,flags=4={EFGH=1}", sent) ==
        "subchunk LIST: flags is 3, not 4");
  CHECK(compared_in(rules, "FORM:LIST={EFGH=2}", sent) ==
        "subchunk LIST: subchunk EFGH: the payload differs: byte 0 is 31, not 32");
  CHECK(compared_in(rules, "FORM:AIFF:LIST={ABCD=xyz:EFGH=1}:DATA=data", sent, true) == "");
  CHECK(compared_in(rules, "FORM:AIFF:LIST={ABCD=xyz}:DATA=data", sent, true) ==
        "subchunk 1, LIST: 2 subchunks, not 1");
  CHECK(compared_in(rules, "FORM:AIFF:LIST={}:DATA=data", sent) == "");
  CHECK(compared_in(rules, "FORM:AIFX2:DATA=data", sent) ==
        "before the subchunks, the payload differs: byte 3 is 46, not 58");
  CHECK(compared_in(rules, "DATA:A=b", sent).starts_with("A=b | "));
  CHECK(compared_in(rules, "FORM:LIST={EFGH=1", sent).find("a { without its }") !=
        std::string::npos);
}

TEST_CASE("a pattern compares what stands behind the payload") {
  const auto rules = nested_rules();
  CHECK(compared_in(rules, "DATA:x", "DATA,pad=%01:x") == "");
  CHECK(compared_in(rules, "DATA,pad=%01:x", "DATA,pad=%01:x") == "");
  CHECK(compared_in(rules, "DATA,pad=%02:x", "DATA,pad=%01:x") ==
        "the padding is '%01', not '%02'");
  auto lines = chunk::parse_protocol("header = 'length:digits \":\"'\ntrailer = \",\"\n", "t.toml");
  REQUIRE(lines);
  CHECK(compared_in(*lines, ":a", ":a") == "");
  CHECK(compared_in(*lines, "", ":a") == "");
  CHECK(compared_in(*lines, "::a:b", "::a:b") == "");
  CHECK(compared_in(*lines, ":a", ",trailer=;:a") == "the trailer ';' is wrong");
  CHECK(compared_in(*lines, ",trailer=;:a", ",trailer=;:a") == "");
  CHECK(compared_in(*lines, ",trailer=;:a", ":a") == "the trailer is ',', not ';'");
}
