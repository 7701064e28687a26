#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

using namespace std::literals;

namespace {

std::string described(const chunk::rule& rule) {
  constexpr std::array marks{"", "?", "*", "+"};
  auto out = to_text(rule.id);
  if (rule.outer) out += " outer";
  if (rule.inner) out += " inner";
  if (rule.request) out += " request >";
  for (const auto& id : rule.replies) out += ' ' + to_text(id);
  if (rule.reply) out += " reply";
  if (rule.type) out += ' ' + std::string(to_text(*rule.type));
  if (rule.container) out += ':';
  for (const auto& each : rule.members) {
    out += ' ' + to_text(each.id) + marks[static_cast<std::size_t>(each.times)];
  }
  if (rule.ordered) out += " ordered";
  if (rule.others) out += " open";
  if (!rule.summary.empty()) out += " (" + rule.summary + ')';
  return out;
}

/// The rules with line feeds, or what is wrong with the file.
std::string read(std::string_view toml, const std::string& name = "p.toml") {
  const auto rules = chunk::parse_protocol(toml, name);
  if (!rules) {
    CHECK(rules.error().code.message() == "not a protocol");
    return rules.error().detail;
  }
  CHECK(rules->name == name);
  CHECK_FALSE(rules->guesses);
  CHECK(std::ranges::is_sorted(rules->rules, {}, &chunk::rule::id));
  std::string out;
  for (const auto& each : rules->rules) out += described(each) + '\n';
  return out;
}

}  // namespace

TEST_CASE("a file without tables has no rules") {
  CHECK(read("") == "");
  CHECK(read("# nothing\n\n") == "");
}

TEST_CASE("an empty table makes an ID known") {
  CHECK(read("[DATA]") == "DATA outer\n");
}

TEST_CASE("an ID is written as in the notation, or with its spaces, in quotes") {
  CHECK(read("['STS%20']") == "STS%20 outer\n");
  CHECK(read("['STS ']") == "STS%20 outer\n");
  CHECK(read("[\"%00a%Ff%25\"]") == "%00a%ff%25 outer\n");
  CHECK(read("['\\\xc3\xa9.']") == "\\%c3%a9. outer\n");
}

TEST_CASE("every field is read") {
  CHECK(read("[LIST]\n"
             "summary = 'some things'\n"
             "contains = ['AAAA', 'BBBB?', 'CCCC*', 'DDDD+', 'E%20%20%20*', 'END**']\n"
             "ordered = true\n"
             "others = true\n"
             "reply = ['DONE', 'FAIL']\n"
             "[AAAA]\n"
             "type = 'u16'\n") ==
        "AAAA inner u16\n"
        "BBBB inner\n"
        "CCCC inner\n"
        "DDDD inner\n"
        "DONE outer reply\n"
        "E%20%20%20 inner\n"
        "END* inner\n"
        "FAIL outer reply\n"
        "LIST outer request > DONE FAIL: AAAA BBBB? CCCC* DDDD+ E%20%20%20* END** ordered "
        "open (some things)\n");
}

TEST_CASE("an ID of four bytes that ends in a mark is an ID, and can have another mark") {
  CHECK(read("[LIST]\ncontains = ['END*', 'WHY*?']") ==
        "END* inner\n"
        "LIST outer: END* WHY*?\n"
        "WHY* inner\n");
}

TEST_CASE("a reply may be one string") {
  CHECK(read("[PING]\nreply = 'PONG'") == "PING outer request > PONG\nPONG outer reply\n");
  CHECK(read("[PING]\nreply = 'PING'") == "PING outer request > PING reply\n");
}

TEST_CASE("a container may be empty, or hold anything") {
  CHECK(read("[LIST]\ncontains = []") == "LIST outer:\n");
  CHECK(read("[LIST]\ncontains = []\nothers = true") == "LIST outer: open\n");
}

TEST_CASE("a subchunk occurs only in containers, unless it is a request or a reply") {
  CHECK(read("[LIST]\ncontains = ['ITEM', 'PING', 'PONG']\n[ITEM]\n[PING]\nreply = 'PONG'") ==
        "ITEM inner\n"
        "LIST outer: ITEM PING PONG\n"
        "PING outer inner request > PONG\n"
        "PONG outer inner reply\n");
}

TEST_CASE("outer says whether a chunk may occur in the stream, regardless of its other fields") {
  CHECK(read("[LIST]\ncontains = ['ITEM']\n[ITEM]\nouter = true\n[OLD_]\nouter = false\n") ==
        "ITEM outer inner\n"
        "LIST outer: ITEM\n"
        "OLD_\n");
  CHECK(read("[PING]\nouter = false\nreply = 'PONG'") == "PING request > PONG\nPONG outer reply\n");
}

TEST_CASE("a summary is kept as plain ASCII") {
  CHECK(read("[DATA]\nsummary = 'gr\xc3\xbc\xc3\x9f'") == "DATA outer (gr%c3%bc%c3%9f)\n");
  CHECK(read("[DATA]\nsummary = \"a\\nb\\u001b\"") == "DATA outer (a%0ab%1b)\n");
}

TEST_CASE("a mistake is reported with file, line and column") {
  struct sample {
    std::string_view toml;
    std::string_view expected;
  };
  constexpr auto samples = std::to_array<sample>({
      {"[NOOP]\n  sumary = 'x'",
       "p.toml:2:3: NOOP: no field 'sumary'; there are contains, ordered, others, outer, reply, "
       "summary and type"},
      {"[NOOP]\nsummary = 3", "p.toml:2:11: NOOP: 'summary' takes strings"},
      {"[NOOP]\ntype = true", "p.toml:2:8: NOOP: 'type' takes strings"},
      {"[NOOP]\nreply = [\n  1]", "p.toml:3:3: NOOP: 'reply' takes strings"},
      {"[NOOP]\nreply = []", "p.toml:2:9: NOOP: 'reply' is empty"},
      {"[NOOP]\nouter = 1", "p.toml:2:9: NOOP: 'outer' is neither true nor false"},
      {"[LIST]\ncontains = []\nordered = 'yes'",
       "p.toml:3:11: LIST: 'ordered' is neither true nor false"},
      {"[LIST]\ncontains = 'ITEM'", "p.toml:2:12: LIST: 'contains' is not an array"},
      {"[LIST]\ncontains = [['ITEM']]", "p.toml:2:13: LIST: 'contains' takes strings"},
      {"[NOOP]\ntype = 'u128'",
       "p.toml:2:8: NOOP: no type 'u128'; there are bytes, text, integer, decimal, number, u8, "
       "u16, u32, u64, i8, i16, i32, i64, f32, f64, hex and id"},
      {"[NOP]", "p.toml:1:2: 'NOP' is not an ID of four bytes"},
      {"\n['STS%2']", "p.toml:2:2: 'STS%2' is not an ID of four bytes"},
      {"[\"\\u001b[2J\"]\n[\"\\u001b[2J1\"]", "p.toml:2:2: '%1b[2J1' is not an ID of four bytes"},
      {"summary = 'x'", "p.toml:1:1: 'summary' is not an ID of four bytes"},
      {"NOOP = 1", "p.toml:1:1: NOOP is not a table"},
      {"[[NOOP]]", "p.toml:1:3: NOOP is not a table"},
      {"[PING]\nreply = ['PONG', 'PON']", "p.toml:2:18: 'PON' is not an ID of four bytes"},
      {"[LIST]\ncontains = ['ITEM!']",
       "p.toml:2:13: 'ITEM!' is not an ID of four bytes, with or without one of ? * +"},
      {"[LIST]\ncontains = ['']",
       "p.toml:2:13: '' is not an ID of four bytes, with or without one of ? * +"},
      {"[LIST]\ncontains = ['IT*']", "p.toml:2:13: 'IT' is not an ID of four bytes"},
      {"['STS ']\n[NOOP]\n[\"STS%20\"]", "p.toml:3:2: STS%20 is there already, in line 1"},
      {"[LIST]\ncontains = ['ITEM', 'ITEM*']", "p.toml:2:21: LIST: ITEM is contained twice"},
      {"[PING]\nreply = ['PONG', 'PONG']", "p.toml:2:18: PING: PONG is a reply twice"},
      {"[LIST]\ncontains = ['ITEM']\ntype = 'text'", "p.toml:3:8: LIST: a container has no type"},
      {"[NOOP]\nothers = false", "p.toml:2:10: NOOP: 'others' without 'contains'"},
      {"[NOOP]\nordered = true", "p.toml:2:11: NOOP: 'ordered' without 'contains'"},
      {"[LIST]\ncontains = ['PART']\n[PART]\ncontains = ['ITEM']",
       "p.toml:2:13: LIST: PART is a container itself, and no subchunk"},
      {"[LIST]\ncontains = ['LIST?']",
       "p.toml:2:13: LIST: LIST is a container itself, and no subchunk"},
  });
  for (const auto& each : samples) {
    CAPTURE(each.toml);
    CHECK(read(each.toml) == each.expected);
  }
}

TEST_CASE("invalid TOML is reported with file, line and column as well") {
  CHECK(read("[NOOP]\n[ECHO\n").starts_with("p.toml:2:6: error while parsing table header"));
  CHECK(read("[?OOP]").starts_with("p.toml:1:2: error while parsing key: expected bare key"));
  CHECK(read("[NOOP]\ntyp\xc3\xa9 = 1").starts_with("p.toml:2:4: error while parsing key-value"));
  CHECK(read("[NOOP]\ntype = \xc3\xa9").starts_with("p.toml:2:8: error while parsing"));
  CHECK(read("[NOOP]\n[NOOP]\n").starts_with("p.toml:2:"));
  CHECK(read("[NOOP]\nsummary = 'x'\nsummary = 'y'\n").starts_with("p.toml:3:"));
}

TEST_CASE("the first of several mistakes is reported") {
  CHECK(read("[ZZZZ]\nx = 1\n[AAAA]\ny = 1").starts_with("p.toml:2:1: ZZZZ: no field 'x'"));
  CHECK(read("[ZZZZ]\nx = 1\nreply = 3").starts_with("p.toml:2:1: ZZZZ: no field 'x'"));
}

TEST_CASE("every reason is one line of plain ASCII") {
  for (const auto toml : {"\xff", "\x1b[2J", "a\0b", "'\n'", "[\"\xc3\xa9\"]", "[NOOP]\n\"\x7f\"=1",
                          "[NOOP]\ntype = '\xc3\xa9\t'"}) {
    CAPTURE(toml);
    const auto reason = read(toml, "\x1b.toml");
    CHECK(reason.starts_with("%1b.toml:"));
    CHECK(std::ranges::all_of(reason, [](char c) { return c >= 0x20 && c <= 0x7e; }));
  }
}

TEST_CASE("keys and values that are nested too deeply are refused, however they are written") {
  constexpr std::size_t parts = 140'000;
  std::string dotted = "a";
  for (std::size_t at = 1; at < parts; ++at) dotted += ".a";
  const auto reason = ": a key with more than 16 parts"s;
  CHECK(read(dotted + " = 1") == "p.toml:1:32" + reason);
  CHECK(read("[DATA]\n[" + dotted + "]") == "p.toml:2:33" + reason);
  CHECK(read("[[" + dotted + "]]") == "p.toml:1:34" + reason);
  CHECK(read("DATA = {" + dotted + " = 1}") == "p.toml:1:40" + reason);
  CHECK(read("\"a\\\"\" . 'b' ." + dotted + " = 1") == "p.toml:1:41" + reason);
  CHECK(read("[DATA]\nsummary = \"\"\"\n\\\"\"\"\"\"\"\n" + dotted + "= 1") ==
        "p.toml:4:32" + reason);
  const auto nested = std::string(parts, '[') + std::string(parts, ']');
  CHECK(read("[DATA]\ncontains = " + nested).find("nested value depth") != std::string::npos);
}

TEST_CASE("dots outside of keys are only text") {
  const std::string dots(100, '.');
  CHECK(read("# " + dots + "\n[DATA] # " + dots + "\nsummary = '" + dots + "'\n") ==
        "DATA outer (" + dots + ")\n");
  CHECK(read("[DATA]\nsummary = \"\\\"" + dots + "\"\n") == "DATA outer (\"" + dots + ")\n");
  CHECK(read("[DATA]\nsummary = '''\n" + dots + "''" + dots + "'''''\n") ==
        "DATA outer (" + dots + "''" + dots + "'')\n");
}
