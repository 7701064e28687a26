#include "support/bytes.hpp"
#include "support/digit_framing.hpp"

#include <chunk/id.hpp>
#include <chunk/id_list.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

using namespace chunk::literals;
using namespace std::literals;
using support::bytes;

namespace {

constexpr auto sum = "OPER\1\0\0\0+OPND\1\0\0\0003OPND\1\0\0\0004"sv;

/// How the chunk was split, and its text with the subchunks or with the fault.
std::string opened(const chunk::protocol& rules, chunk::id id, std::string_view payload) {
  const auto out = chunk::unnest(rules, {id, bytes(payload)});
  CHECK((out.subchunks.empty() || rules.may_nest(id, bytes(payload), 0)));
  switch (out.how) {
    case chunk::nesting::plain: return out.subchunks.empty() ? "plain" : "plain with subchunks";
    case chunk::nesting::declared: return "declared " + to_text(id, out.subchunks);
    case chunk::nesting::guessed: return "guessed " + to_text(id, out.subchunks);
    case chunk::nesting::broken:
      return "broken, " + out.fault.code.message() + ": " + to_text(out.fault);
  }
  return "?";
}

chunk::protocol found(std::string_view name) {
  return chunk::value_or_throw(chunk::find_protocol(name));
}

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
  if (rule.others) out += " ...";
  return out;
}

}  // namespace

TEST_CASE("example has the requests, replies and subchunks of the example protocol") {
  std::string out;
  for (const auto& rule : found("example").rules) out += described(rule) + '\n';
  CHECK(out ==
        "ANSR outer reply: STS%20 VALU?\n"
        "CMPU outer request > ANSR: OPER OPND*\n"
        "DLAY outer request > NOOP: NTVL ...\n"
        "ECHO outer request > ECHO reply\n"
        "NOOP outer request > NOOP reply\n"
        "NTVL inner decimal\n"
        "OPER inner text\n"
        "OPND inner number\n"
        "SHUT outer request > NOOP\n"
        "STS%20 inner integer\n"
        "VALU inner number\n");
}

TEST_CASE("example is named so, has a summary for each rule, and does not guess") {
  const auto rules = found("example");
  CHECK(rules.name == "example");
  CHECK_FALSE(rules.guesses);
  for (const auto& rule : rules.rules) {
    CAPTURE(to_text(rule.id));
    CHECK_FALSE(rule.summary.empty());
  }
}

TEST_CASE("a rule is found by its ID among any number of rules, and no other is") {
  constexpr auto letters = "BDFHJLNPR\xf0"sv;
  const auto id_of = [](char letter) {
    return chunk::id{{std::byte{'I'}, std::byte{'D'}, std::byte{'-'}, std::byte(letter)}};
  };
  for (std::size_t count = 0; count <= letters.size(); ++count) {
    chunk::protocol rules;
    for (const char each : letters.substr(0, count)) {
      chunk::rule made;
      made.id = id_of(each);
      rules.rules.push_back(made);
    }
    for (int value = 0; value < 256; ++value) {
      CAPTURE(count);
      CAPTURE(value);
      const auto place = letters.substr(0, count).find(support::char_of(value));
      const auto* expected = place == letters.npos ? nullptr : &rules.rules[place];
      CHECK(rules.find(id_of(support::char_of(value))) == expected);
    }
  }
}

TEST_CASE("a list finds each of many IDs, whatever byte they differ in, and no other") {
  struct numbered {
    chunk::id id;
    std::size_t number = 0;
  };
  chunk::id_list<numbered> list;
  const auto id_with = [](std::size_t at, int value) {
    chunk::id out;
    out.bytes[at] = static_cast<std::byte>(value);
    return out;
  };
  CHECK(list.find(id_with(0, 1)) == nullptr);
  for (std::size_t at = 0; at < chunk::max_id_size; ++at) {
    for (int value = 1; value < 256; value += 2) list.push_back({id_with(at, value), list.size()});
  }
  std::size_t number = 0;
  for (std::size_t at = 0; at < chunk::max_id_size; ++at) {
    for (int value = 1; value < 256; value += 2) {
      CAPTURE(at);
      CAPTURE(value);
      const auto* const found = list.find(id_with(at, value));
      REQUIRE(found);
      CHECK(found->number == number++);
      CHECK(list.find(id_with(at, value - 1)) == nullptr);
    }
  }
}

TEST_CASE("a list finds the first of several elements with one ID, or the first that fits") {
  struct numbered {
    chunk::id id;
    int number = 0;
  };
  chunk::id_list<numbered> list;
  for (int number = 0; number < 5; ++number) list.push_back({"SAME"_id, number});
  CHECK(list.find("SAME"_id)->number == 0);
  CHECK(list.find("SAME"_id, [](const numbered& each) { return each.number > 2; })->number == 3);
  CHECK(list.find("SAME"_id, [](const numbered& each) { return each.number > 4; }) == nullptr);
}

TEST_CASE("the protocol none has no containers and does not guess") {
  const auto rules = found("none");
  CHECK(rules.name == "none");
  CHECK(opened(rules, "CMPU"_id, sum) == "plain");
}

TEST_CASE("an unknown protocol is refused by its name") {
  const auto refused = [](std::string_view name) {
    const auto rules = chunk::find_protocol(name);
    return rules ? "found" : rules.error().code.message() + ": " + to_text(rules.error());
  };
  CHECK(refused("exmaple") == "not a protocol: no protocol 'exmaple'");
  CHECK(refused("") == "not a protocol: no protocol ''");
  CHECK(refused("Example") == "not a protocol: no protocol 'Example'");
  CHECK(refused("\x1b[2J") == "not a protocol: no protocol '%1b[2J'");
}

TEST_CASE("a declared container is split into its subchunks in order") {
  CHECK(opened(found("example"), "CMPU"_id, sum) == "declared CMPU:OPER=+:OPND=3:OPND=4");
  CHECK(opened(found("example"), "DLAY"_id, "NTVL\3\0\0\0003.5"sv) == "declared DLAY:NTVL=3.5");
  CHECK(opened(found("example"), "ANSR"_id, "STS \1\0\0\0001VALU\1\0\0\0007"sv) ==
        "declared ANSR:STS%20=1:VALU=7");
}

TEST_CASE("a declared container without payload has no subchunks") {
  CHECK(opened(found("example"), "CMPU"_id, "") == "declared CMPU");
}

TEST_CASE("a declared container may have subchunks with IDs that are not printable") {
  CHECK(opened(found("example"), "CMPU"_id, "\0\1\2\3\0\0\0\0"sv) == "declared CMPU:%00%01%02%03=");
}

TEST_CASE("a declared container whose subchunks do not fill it is broken") {
  CHECK(opened(found("example"), "CMPU"_id, sum.substr(0, 17)) ==
        "broken, malformed subchunks: in CMPU at byte 0x9: OPND declares 1 bytes, 0 are there");
}

TEST_CASE("a chunk that is not declared as a container is not split, even if it looks like one") {
  CHECK(opened(found("example"), "ECHO"_id, sum) == "plain");
  CHECK(opened(found("example"), "cmpu"_id, sum) == "plain");
}

TEST_CASE("without a protocol, printable subchunks that fill a payload are guessed") {
  CHECK(opened(chunk::guessing_protocol(), "CMPU"_id, sum) == "guessed CMPU:OPER=+:OPND=3:OPND=4");
  CHECK(opened(chunk::guessing_protocol(), "ECHO"_id, "NOOP\0\0\0\0"sv) == "guessed ECHO:NOOP=");
}

TEST_CASE("a payload that does not begin with a whole chunk cannot have subchunks") {
  const auto may_nest = [](const chunk::protocol& rules, std::string_view payload) {
    return rules.may_nest("CMPU"_id, bytes(payload), 0);
  };
  CHECK(may_nest(chunk::guessing_protocol(), sum));
  CHECK_FALSE(may_nest(chunk::guessing_protocol(), ""));
  CHECK_FALSE(may_nest(chunk::guessing_protocol(), sum.substr(0, 7)));
  CHECK_FALSE(may_nest(chunk::guessing_protocol(), "a text of some length"));
  CHECK_FALSE(may_nest(chunk::chunk_protocol(), sum));
  CHECK(may_nest(found("example"), "broken"));
}

TEST_CASE("an empty payload is not guessed to be a container") {
  CHECK(opened(chunk::guessing_protocol(), "CMPU"_id, "") == "plain");
}

TEST_CASE("a proper prefix is guessed only if it ends between two subchunks") {
  for (std::size_t size = 0; size < sum.size(); ++size) {
    CAPTURE(size);
    const bool between = size == 9 || size == 18;
    const auto how = opened(chunk::guessing_protocol(), "CMPU"_id, sum.substr(0, size));
    CHECK((how != "plain") == between);
  }
}

TEST_CASE("subchunks with IDs that are not printable are not guessed") {
  CHECK(opened(chunk::guessing_protocol(), "ECHO"_id, "NOO\1\0\0\0\0"sv) == "plain");
  CHECK(opened(chunk::guessing_protocol(), "ECHO"_id, "NOOP\0\0\0\0\xffOOP\0\0\0\0"sv) == "plain");
}

TEST_CASE("a protocol that guesses still reports a broken container that it declares") {
  chunk::protocol rules{"both", {}, true};
  chunk::rule container;
  container.id = "CMPU"_id;
  container.container = true;
  rules.rules.push_back(container);
  CHECK(opened(rules, "CMPU"_id, "x") ==
        "broken, malformed subchunks: in CMPU at byte 0x0: 1 bytes are left, too few for a "
        "subchunk");
  CHECK(opened(rules, "ECHO"_id, sum) == "guessed ECHO:OPER=+:OPND=3:OPND=4");
  CHECK(opened(rules, "ECHO"_id, "x") == "plain");
}

TEST_CASE(
    "containers are taken apart by the protocol's framing, and their subchunks know their place") {
  auto rules = found("example");
  rules.framing = support::digit_framing;
  const auto payload = support::copied("OPER1:+OPND002:34");
  const auto out = chunk::unnest(rules, {"CMPU"_id, payload}, 100);
  CHECK(out.how == chunk::nesting::declared);
  REQUIRE(out.subchunks.size() == 2);
  CHECK(out.subchunks[0].offset == 100);
  CHECK(out.subchunks[1].offset == 107);
  CHECK(out.subchunks[1].payload_offset() == 115);
  CHECK(opened(rules, "CMPU"_id, "OPER1:+OPND:") ==
        "broken, malformed subchunks: in CMPU at byte 0x7: no header of a subchunk: OPND:");
  auto guesses = chunk::guessing_protocol();
  guesses.framing = support::digit_framing;
  CHECK(opened(guesses, "ECHO"_id, "OPER1:+OPND002:34") == "guessed ECHO:OPER=+:OPND=34");
  CHECK(opened(guesses, "ECHO"_id, "OPER1:+OPND:") == "plain");
  CHECK(opened(guesses, "ECHO"_id, "NOOP\0\0\0\0"sv) == "plain");
}
