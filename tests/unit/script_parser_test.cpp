#include "script/actions/action.hpp"
#include "script/actions/table.hpp"
#include "script/language/parser.hpp"

#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace std::chrono_literals;
using chunk::image;
using chunk::net::duration;
using tools::script::byte_count;
using tools::script::expected_end;
using tools::script::half;
using tools::script::parse;
using tools::script::program;
using tools::script::repetition;
using tools::script::role;
using tools::script::sources;
using tools::script::step;
using tools::script::time_range;
using tools::script::write_size;

namespace {

program parsed(const sources& from, role performer = role::connected) {
  auto out = parse(from, performer);
  if (!out) FAIL(out.error().what.detail);
  return std::move(*out);
}

program parsed(const std::string& text, role performer = role::connected) {
  return parsed(sources{{}, {{"t", text}}}, performer);
}

/// Each unit as "name(setup steps)[case(steps) ...]".
std::string shape(const program& all) {
  std::string out;
  for (const auto& each : all.units) {
    out += each.name + "(" + std::to_string(each.setup.size()) + ")[";
    for (const auto& one : each.cases) {
      out += one.name + "(" + std::to_string(one.steps.size()) + ")";
    }
    out += "]";
  }
  return out;
}

/// The argument of a step.
template <class T>
const T& of(const step& from) {
  return std::get<T>(from.argument);
}

/// The message and the rows below it.
std::string mistake(const sources& from, role performer = role::connected) {
  const auto out = parse(from, performer);
  if (out) return "none";
  auto text = out.error().what.detail;
  for (const auto& row : out.error().rows()) text += "\n" + row;
  return text;
}

std::string mistake(const std::string& text, role performer = role::connected) {
  return mistake(sources{{}, {{"t", text}}}, performer);
}

/// A temporary file.
struct scratch_file {
  explicit scratch_file(std::string_view text) { std::ofstream(path, std::ios::binary) << text; }
  ~scratch_file() { std::filesystem::remove(path); }

  static inline int made = 0;
  std::string path =
      (std::filesystem::temp_directory_path() / fmt::format("chunk-rows.{}.{}", ::getpid(), ++made))
          .string();
};

}  // namespace

TEST_CASE("texts without a test-case are one case, arguments first") {
  const auto all =
      parsed({{"NOOP", "ECHO:a"}, {{"one", "ECHO:b\n"}, {"two", "# none\n\n  ECHO:c \t\r\nNOOP"}}});
  CHECK(shape(all) == "one(0)[one(5)]");
  CHECK(!all.is_test);
  const auto& steps = all.units[0].cases[0].steps;
  CHECK(to_text(steps[1].where) == "argument 2");
  CHECK(to_text(steps[3].where) == "two:3");
  CHECK(steps[3].text == "ECHO:c");
}

TEST_CASE(
    "with a test-case each file has its own cases, and arguments for the setup go before each") {
  const auto all = parsed(
      {{"let:n=5", "timeout:2"},
       {{"a", "test-case:one\nNOOP\ntest-case:two\nNOOP\nNOOP\n"}, {"b", "NOOP\nexpect:NOOP"}}});
  CHECK(shape(all) == "a(2)[one(1)two(2)]b(2)[b(2)]");
  CHECK(all.is_test);
  CHECK(all.case_count() == 3);
  CHECK(shape(parsed({{"NOOP"}, {{"a", "test-case:one\nNOOP\n"}}})) ==
        "arguments(0)[arguments(1)]a(0)[one(1)]");
  CHECK(shape(parsed(sources{{"test-case:x", "NOOP"}, {}})) == "arguments(0)[x(1)]");
  CHECK(shape(parsed("start:server %{address}\ntest-case:one\nNOOP\n", role::client)) ==
        "t(1)[one(1)]");
}

TEST_CASE("a program is a test as soon as it expects or prepares something") {
  for (const auto text :
       {"NOOP", "request:NOOP", "raw-send:x", "raw-receive:3", "delay:0.1", "at:0.1",
        "repeat:2\nNOOP\nend", "let:a=b\nECHO:%{a}", "shutdown", "slice:1,0.1"}) {
    CAPTURE(text);
    CHECK(!parsed(text).is_test);
  }
  for (const auto text :
       {"expect:NOOP", "expect-raw:x", "expect-close", "expect-nothing:1", "until:NOOP",
        "on:NOOP\nend", "retry:2\nend", "within:0-1\nNOOP", "connect:./x", "run:true", "start:true",
        "skip-if:true", "wait-for:./x", "b> connect:./x", "test-case:x"}) {
    CAPTURE(text);
    CHECK(parsed(text).is_test);
  }
}

TEST_CASE("four bytes are always an ID") {
  for (const auto text : {"repe", "let%20", "END%21:x", "with,len=3:abc", "%00%01%02%03"}) {
    CAPTURE(text);
    CHECK(parsed(text).units[0].cases[0].steps[0].what->name.empty());
  }
}

TEST_CASE("times, counts and words are read") {
  const auto all = parsed(
      "within:0.5-2\nNOOP\ntimeout:0.25\nslice:3,0.125\nexpect-close:reset\nshutdown:read\n"
      "repeat:7\nraw-receive:9\nend\nexpect-nothing:1\n");
  const auto& steps = all.units[0].cases[0].steps;
  CHECK(of<time_range>(steps[0]).least == 500ms);
  CHECK(of<time_range>(steps[0]).most == 2s);
  CHECK(of<duration>(steps[2]) == 250ms);
  CHECK(of<write_size>(steps[3]).bytes == 3);
  CHECK(of<write_size>(steps[3]).pause == 125ms);
  CHECK(of<expected_end>(steps[4]) == expected_end::reset);
  CHECK(of<half>(steps[5]) == half::read);
  CHECK(of<repetition>(steps[6]).rounds == 7);
  CHECK(steps[6].length == 2);
  CHECK(of<byte_count>(steps[7]).value == 9);
  CHECK(of<duration>(steps[9]) == 1s);
}

TEST_CASE("values that never change are inserted when a script is read") {
  const auto all = parsed("let:n=3\nlet:text=a%{n}\nrepeat:%{n}\nECHO:%{text}\nend\ndelay:%{n}\n");
  const auto& steps = all.units[0].cases[0].steps;
  CHECK(of<repetition>(steps[2]).rounds == 3);
  CHECK(steps[3].varying.empty());
  CHECK(of<image>(steps[3]).size() == 8 + 2);
  CHECK(of<duration>(steps[5]) == 3s);
  const auto files = parsed({{"let:n=3"}, {{"a", "test-case:x\nNOOP"}, {"b", "delay:%{n}"}}});
  CHECK(of<duration>(files.units[1].cases[0].steps[0]) == 3s);
  const auto cases = parsed("test-case:a\nlet:n=2\ndelay:%{n}\ntest-case:b\nlet:n=3\ndelay:%{n}");
  CHECK(of<duration>(cases.units[0].cases[1].steps[1]) == 3s);
  const auto anew = parsed("let:n=2\ntest-case:a\nECHO:%{n}\nlet:n=3\nECHO:%{n}");
  CHECK(!anew.units[0].cases[0].steps[0].varying.empty());
  CHECK(!anew.units[0].cases[0].steps[2].varying.empty());
  const auto changing = parsed("let:n=3\nlet:n=4\nECHO:%{n}\nexpect:ECHO:{m}\nECHO:%{m}");
  CHECK(!changing.units[0].cases[0].steps[2].varying.empty());
  CHECK(!changing.units[0].cases[0].steps[4].varying.empty());
}

TEST_CASE("connections have names") {
  const auto all = parsed("b> connect:./x\nb> NOOP\nNOOP\nc> connect:./y\nb> expect:NOOP");
  CHECK(all.connections == std::vector<std::string>{"", "b", "c"});
  const auto& steps = all.units[0].cases[0].steps;
  CHECK(steps[1].connection == 1);
  CHECK(steps[2].connection == 0);
  CHECK(steps[3].connection == 2);
}

TEST_CASE("a mistake is reported by file and line, and marked") {
  CHECK(mistake("NOOP\n\nexpect:ECH:x") ==
        "t:3: 'ECH' is not an ID of four bytes\nexpect:ECH:x\n       ^^^");
  CHECK(mistake("ECHO:a:b") ==
        "t:1: 'a': not ID=bytes; literal : and = are written %3a and %3d\nECHO:a:b\n     ^");
  CHECK(mistake("ECHO,len=x:b") == "t:1: len= 'x' is not a whole number\nECHO,len=x:b\n     ^^^^^");
  CHECK(mistake("expect:ECHO:~(") ==
        "t:1: '(': not a regular expression: missing ): (\nexpect:ECHO:~(\n            ^^");
  CHECK(mistake("within:2-1\nNOOP") ==
        "t:1: '2-1': the first time is above the second\nwithin:2-1\n       ^^^");
  CHECK(mistake(sources{{"NOOP", "ECHO:%zz"}, {}}) ==
        "'%zz': % needs two hexadecimal digits\nECHO:%zz\n     ^^^");
  CHECK(mistake("ABCDE") == "t:1: 'ABCDE': neither an action nor an ID of four bytes");
  CHECK(mistake("expct:NOOP") ==
        "t:1: 'expct:NOOP': neither an action nor an ID of four bytes; did you mean expect?");
  CHECK(mistake("close:x") == "t:1: 'close:x': takes no argument");
  CHECK(mistake("delay") == "t:1: 'delay': needs an argument after a colon");
  CHECK(mistake("ECHO:\033[2J%x") ==
        "t:1: '%x': % needs two hexadecimal digits\nECHO:%1b[2J%x\n     ^^^^^^^^");
}

TEST_CASE("names have to have a value before they are used") {
  CHECK(mistake("ECHO:%{a}") ==
        "t:1: '%{a}': nothing before it gives this name a value\nECHO:%{a}\n     ^^^^");
  CHECK(mistake("ECHO:%{a") == "t:1: '%{a': %{ has no }\nECHO:%{a\n     ^^^");
  CHECK(mistake("ECHO:%{a b}") ==
        "t:1: '%{a b}': not the name of a value; a literal % is written %25\nECHO:%{a b}\n     "
        "^^^^^^");
  CHECK(mistake("let:a=1\ntest-case:x\nlet:b=1\ntest-case:y\nECHO:%{a}%{b}") ==
        "t:5: '%{b}': nothing before it gives this name a value\nECHO:%{a}%{b}\n         ^^^^");
  CHECK(mistake("ECHO:%{address}") ==
        "t:1: '%{address}': there is no start: before it\nECHO:%{address}\n     ^^^^^^^^^^");
  CHECK(mistake("expect:ECHO:{n}\ndelay:%{n}")
            .starts_with("t:2: '%{n}': is known only when the script runs, and cannot stand here"));
  CHECK(mistake("expect:ECHO:{n}\n%{n}:x")
            .starts_with("t:2: '%{n}': a value that is known only when the script runs cannot be "
                         "an ID or a modifier"));
  CHECK(mistake("expect:ECHO:{n}\nECHO,len=%{n}:x").find("cannot be an ID") != std::string::npos);
  CHECK(mistake("expect:ECHO:{n}\nexpect:ECHO:len=%{n}").find("cannot stand here") !=
        std::string::npos);
  CHECK(mistake("let:a=1\nexpect:ECHO:{a}") ==
        "t:2: 'expect:ECHO:{a}': the name 'a' has its value already");
  CHECK(mistake("expect:ECHO:{a}\nlet:a=1") ==
        "t:2: 'let:a=1': the name 'a' has its value already");
  CHECK(mistake("expect:ECHO:{a}\nECHO:@%{a}").find("cannot stand here") != std::string::npos);
  CHECK(mistake("let:client=1").find("'client' has its value already") != std::string::npos);
  CHECK(mistake("expect:ECHO:{address}").find("has its value already") != std::string::npos);
  CHECK(mistake("let:1=a").starts_with("t:1: '1=a': not NAME=text"));
  CHECK(mistake("ECHO:%{env:CHUNK_NOT_SET}")
            .starts_with("t:1: 'CHUNK_NOT_SET' is not set in the environment"));
  CHECK(mistake("ECHO:%{random:99999999}").starts_with("t:1: random: 99999999 is above 16777216"));
}

TEST_CASE("arguments are taken as they are, lines without the blanks at their ends") {
  CHECK(of<image>(parsed(sources{{"STS "}, {}}).units[0].cases[0].steps[0]).size() == 8);
  CHECK(of<image>(parsed(sources{{"ECHO:a "}, {}}).units[0].cases[0].steps[0]).size() == 8 + 2);
  CHECK(of<image>(parsed("  ECHO:a \r\n").units[0].cases[0].steps[0]).size() == 8 + 1);
  CHECK(mistake("STS ").starts_with("t:1: 'STS' is not an ID"));
}

TEST_CASE("a program is a test when it is asked to be one") {
  CHECK(parse({{"NOOP"}, {}}, role::connected, true)->is_test);
  CHECK(!parse({{"NOOP"}, {}}, role::client, true));
}

TEST_CASE("a block does not continue in another text") {
  CHECK(mistake(sources{{}, {{"one", "repeat:2\nNOOP"}, {"two", "end"}}}) ==
        "one:1: repeat:2 has no end");
}

TEST_CASE("blocks are balanced, and within: is followed by a step") {
  CHECK(mistake("repeat:2\nNOOP") == "t:1: repeat:2 has no end");
  CHECK(mistake("NOOP\nend") == "t:2: 'end': there is no block that it could end");
  CHECK(mistake("repeat:2\nNOOP\ntest-case:x\nend") ==
        "t:1: 'repeat:2': stands before the first test-case, where something can only be prepared");
  CHECK(mistake("test-case:x\nrepeat:2\nNOOP\ntest-case:y\nend") == "t:2: repeat:2 has no end");
  const std::string unbound = "no step follows whose time it could bound";
  CHECK(mistake("NOOP\nwithin:0-1") == "t:2: 'within:0-1': " + unbound);
  CHECK(mistake("repeat:2\nwithin:0-1\nend") == "t:2: 'within:0-1': " + unbound);
}

TEST_CASE("rules are blocks that a peer is needed for") {
  const auto all = parsed("on:GETK:KEYN={k}\nVALU:%{k}\nrepeat:2\nNOOP\nend\nend\nNOOP\n");
  const auto& steps = all.units[0].cases[0].steps;
  CHECK(all.is_test);
  CHECK(steps[0].length == 5);
  CHECK(steps[2].length == 2);
  CHECK(to_text(of<tools::script::expected_reply>(steps[0])->id()) == "GETK");
  CHECK(parsed("on:GETK\nend", role::server).units[0].cases[0].steps.size() == 2);
  CHECK(mistake("on:GETK\nNOOP") == "t:1: on:GETK has no end");
  CHECK(mistake("on\nend") == "t:1: 'on': needs an argument after a colon");
  CHECK(mistake("on:KEY\nend") == "t:1: 'KEY' is not an ID of four bytes\non:KEY\n   ^^^");
  CHECK(mistake("on:GETK\nend", role::client) ==
        "t:1: 'on:GETK': needs a peer; use --connect or --listen");
  CHECK(mistake("b> connect:./x\nb> on:GETK\nend")
            .starts_with("t:2: 'on:GETK': begins a block, which is not of one connection"));
}

TEST_CASE("attempts have a number and a pause") {
  const auto all = parsed("retry:3,0.5\nNOOP\nend\nretry:2\nend\n");
  const auto& steps = all.units[0].cases[0].steps;
  CHECK(all.is_test);
  CHECK(of<tools::script::attempts>(steps[0]).most == 3);
  CHECK(of<tools::script::attempts>(steps[0]).pause == 500ms);
  CHECK(of<tools::script::attempts>(steps[3]).pause == 0ms);
  CHECK(mistake("retry:0,1\nend") == "t:1: retry: 0 is not above 0\nretry:0,1\n      ^");
  CHECK(mistake("retry:3,x\nend") == "t:1: 'x': not a number of seconds\nretry:3,x\n        ^");
  CHECK(mistake("retry:3\nNOOP") == "t:1: retry:3 has no end");
}

TEST_CASE("a row makes a block of steps, or cases") {
  const scratch_file csv("key,n\na,1\n\"b,\"\"c\"\"\",2\n");
  const auto block = parsed("for-each:" + csv.path + "\nrepeat:%{n}\nECHO:%{key}\nend\nend\nNOOP");
  const auto& steps = block.units[0].cases[0].steps;
  CHECK(steps.size() == 2 * 5 + 1);
  CHECK(!block.is_test);
  CHECK(steps[0].length == 4);
  CHECK(of<repetition>(steps[6]).rounds == 2);
  CHECK(of<image>(steps[7]).size() == 8 + 5);
  CHECK(to_text(steps[7].where) == "t:3");
  const auto cases = parsed("let:x=1\nfor-each:" + csv.path +
                            "\ntest-case:get %{key}\nECHO:%{x}\ntest-case:%{n}\nlet:y=%{n}\n"
                            "delay:%{y}\nend\ntest-case:last\nNOOP");
  CHECK(shape(cases) == "t(1)[get a(2)1(3)get b,\"c\"(2)2(3)last(1)]");
  CHECK(of<duration>(cases.units[0].cases[3].steps[2]) == 2s);
  const scratch_file json("{\"key\": \"a\", \"n\": 1.5}\n\n{\"n\": true, \"key\": null}\n");
  CHECK(shape(parsed("for-each:" + json.path + "\ntest-case:%{key}-%{n}\nend")) ==
        "t(0)[a-1.5(1)-true(1)]");
}

TEST_CASE("what for-each cannot use is a mistake") {
  const scratch_file csv("key,n\na,x\n");
  const auto each = "for-each:" + csv.path + "\n";
  const auto quoted = "'for-each:" + csv.path + "'";
  CHECK(mistake(each + "NOOP") == "t:1: for-each:" + csv.path + " has no end");
  CHECK(mistake(each + "test-case:x\nNOOP\n").ends_with(" has no end"));
  CHECK(mistake("let:key=1\n" + each + "end") ==
        "t:2: " + quoted + ": the name 'key' has its value already");
  CHECK(mistake(each + "let:key=1\nend")
            .starts_with("t:2: 'let:key=1': the name 'key' has its value already (row 1 of 1, "));
  CHECK(mistake(each + "repeat:%{n}\nend\nend")
            .starts_with("t:2: repeat: 'x' is not a whole number (row 1 of 1, " + csv.path +
                         ":2)\nrepeat:%{n}\n"));
  CHECK(mistake(each + "end\nNOOP:%{key}").starts_with("t:3: '%{key}': nothing before it gives"));
  CHECK(mistake(each + "test-case:x\nend\nNOOP") ==
        "t:4: 'NOOP': stands between two cases, and belongs to none");
  CHECK(mistake(each + "NOOP\ntest-case:x\nend")
            .starts_with("t:2: 'NOOP': stands between two cases, and belongs to none"));
  CHECK(mistake(each + "NOOP\nend\ntest-case:x") ==
        "t:1: " + quoted + ": has no test-case, and stands in none");
  CHECK(mistake("for-each:/nowhere/x\nend").starts_with("t:1: /nowhere/x"));
}

TEST_CASE("rows that cannot be read have their place") {
  const auto rows = [](std::string_view text) {
    const auto read = tools::script::read_rows(text, "f");
    return read ? std::string("none") : read.error().detail;
  };
  CHECK(rows("a,b\r\n\r\n1,2\r\n") == "none");
  CHECK(rows("\xef\xbb\xbf"
             "a\n1") == "none");
  CHECK(rows("") == "f:1: there is no row with the names of the columns");
  CHECK(rows("a,b\n") == "f:1: has no rows");
  CHECK(rows("a,b\n\n1\n") == "f:3: 1 value, and there are 2 columns");
  CHECK(rows("a,b\n\"x\ny\",2\n3\n") == "f:4: 1 value, and there are 2 columns");
  CHECK(rows("a\n1\n\"2\n3") == "f:3: a quotation mark without its other one");
  CHECK(rows("a\n\"1\"2") == "f:2: text behind the closing quotation mark of a value");
  CHECK(rows("a\n1\"2").starts_with("f:2: a quotation mark in a value; "));
  CHECK(rows("a b\n1").starts_with("f:1: 'a b' is not a name"));
  CHECK(rows("a,a\n1,2") == "f:1: 'a' is there twice");
  CHECK(rows("{\"a\": 1}\n[1]") == "f:2: not an object of JSON");
  CHECK(rows("{\"a\": 1}\n\n{\"b\": 1}") == "f:3: has no \"a\"");
  CHECK(rows("{\"a\": 1}\n{\"a\": 1, \"b\": 1}") == "f:2: the first object has no \"b\"");
  CHECK(rows("{\"a\": [1]}") == "f:1: \"a\" is an array or an object");
}

TEST_CASE("of a long action what is around the mistake is shown") {
  const std::string many(100, 'a');
  const auto few = [](std::size_t count) { return std::string(count, 'a'); };
  const std::string unknown = "t:1: '%{b}': nothing before it gives this name a value\n";
  CHECK(mistake("ECHO:" + many + "%{b}" + many) ==
        unknown + "..." + few(36) + "%{b}" + few(32) + "...\n" + std::string(39, ' ') + "^^^^");
  CHECK(mistake("ECHO:%{b}" + many) == unknown + "ECHO:%{b}" + few(63) + "...\n     ^^^^");
  CHECK(mistake("ECHO:" + many + "%{b}") ==
        unknown + "..." + few(36) + "%{b}\n" + std::string(39, ' ') + "^^^^");
  CHECK(mistake("connect:" + many) == "t:1: '" + many + "': not an address; try unix:PATH, " +
                                          "tcp:HOST:PORT or a path with a /\nconnect:" + few(64) +
                                          "...\n        " + std::string(64, '^'));
}

TEST_CASE("a NUL does not end a name or a command") {
  using namespace std::string_literals;
  CHECK(mistake("run:a\0b"s) == "t:1: '%00': cannot stand in a command\nrun:a%00b\n     ^^^");
  CHECK(mistake("@a\0b"s) == "t:1: '%00': cannot stand in the name of a file\n@a%00b\n  ^^^");
  CHECK(mistake("ECHO:@a\0b"s) ==
        "t:1: '@a%00b': a NUL cannot stand in the name of a file\nECHO:@a%00b\n     ^^^^^^");
}

TEST_CASE("steps have a connection to use") {
  const std::string needs = "needs a peer; use --connect or --listen";
  CHECK(mistake("expect:NOOP", role::client) == "t:1: 'expect:NOOP': " + needs);
  CHECK(mistake("request:NOOP", role::client) == "t:1: 'request:NOOP': " + needs);
  CHECK(mistake("NOOP", role::client) == "none");
  CHECK(mistake("shutdown", role::client) == "t:1: 'shutdown': " + needs);
  CHECK(mistake("connect:./x\nexpect:NOOP", role::client) == "none");
  CHECK(mistake("b> connect\nb> expect:NOOP", role::client) ==
        "t:1: 'b': is not connected; 'b> connect:ADDR' comes first\nb> connect\n^");
  CHECK(mistake("b> connect\nb> expect:NOOP") == "none");
  CHECK(mistake("connect\nexpect:NOOP", role::client) == "t:1: 'connect': " + needs);
  CHECK(mistake("start:x\nexpect:NOOP", role::client) == "none");
  CHECK(mistake("b> NOOP") ==
        "t:1: 'b': is not connected; 'b> connect:ADDR' comes first\nb> NOOP\n^");
  CHECK(mistake("test-case:x\nb> connect:./x\ntest-case:y\nb> NOOP") ==
        "t:4: 'b': is not connected; 'b> connect:ADDR' comes first\nb> NOOP\n^");
}

TEST_CASE("a scripted server has one connection and no commands") {
  CHECK(mistake("expect:ECHO\nECHO,len=99:short\ndelay:1\nreset", role::server) == "none");
  CHECK(mistake("run:true", role::server) ==
        "t:1: 'run': not for a scripted server\nrun:true\n^^^");
  CHECK(mistake("test-case:x", role::server) ==
        "t:1: 'test-case': not for a scripted server\ntest-case:x\n^^^^^^^^^");
  CHECK(mistake("b> NOOP", role::server) ==
        "t:1: 'b': a scripted server has no connections but its client's\nb> NOOP\n^");
}

TEST_CASE("a missing file is the error of the system") {
  const auto out = parse({{}, {{"t", "NOOP\nECHO:@missing"}}}, role::connected);
  REQUIRE(!out);
  CHECK(out.error().what.code == std::errc::no_such_file_or_directory);
  CHECK(to_text(out.error().what) == "t:2: missing: no such file or directory");
}

namespace {

std::shared_ptr<const chunk::protocol> rules_of(const char* toml) {
  auto out = chunk::parse_protocol(toml, "test.toml");
  if (!out) FAIL(out.error().detail);
  out->framing = out->framing.of(chunk::stream_side::client);
  return std::make_shared<const chunk::protocol>(std::move(*out));
}

/// The bytes that the only step of a script sends, or the mistake in it.
std::string sent(const char* toml, const std::string& text) {
  const sources from{{}, {{"t", text}}, rules_of(toml)};
  const auto all = parse(from, role::connected);
  if (!all) {
    std::string out = all.error().what.detail;
    for (const auto& row : all.error().rows()) out += "\n" + row;
    return out;
  }
  const auto& steps = all->units.front().cases.front().steps;
  REQUIRE(steps.size() == 1);
  const auto& bytes = std::get<image>(steps.front().argument);
  std::vector<std::byte> wire(static_cast<std::size_t>(bytes.size()));
  bytes.read(0, wire);
  return {reinterpret_cast<const char*>(wire.data()), wire.size()};
}

constexpr auto forms =
    "header = \"id:4 length:u8\"\ndepth = 3\n"
    "[FORM]\nprefix = 2\ncontains = [\"*\"]\n[LIST]\ncontains = [\"*\"]\n";

}  // namespace

TEST_CASE("the actions are the words that no ID may be") {
  for (const auto word : chunk::reserved_words) {
    CAPTURE(word);
    CHECK(tools::script::find_action(word) != nullptr);
  }
}

TEST_CASE("chunks follow the framing of the protocol") {
  CHECK(sent("header = \"length:u8\"\n", ":abc") == "\3abc");
  CHECK(sent("header = \"length:u8\"\n", "::a:b") == "\3a:b");
  CHECK(sent("header = \"length:u8\"\n", ":") == std::string(1, '\0'));
  CHECK(sent("header = \"id:u8 length:u8 flag:u8\"\n[PING]\nid = 9\n", "PING,flag=2:a") ==
        "\11\1\2a");
  CHECK(sent("header = \"id:u8 length:u8\"\n[PING]\nid = 9\n", "PINK:a") ==
        "t:1: 'PINK:a': neither an action nor an ID of test.toml; did you mean PING?");
  CHECK(sent("header = \"id:u8 length:u8\"\n[PING]\nid = 9\n", "dely:a") ==
        "t:1: 'dely:a': neither an action nor an ID of test.toml; did you mean delay?");
  CHECK(sent("header = \"id:3 length:u8\"\n", "%72un:a") == "run\1a");
}

TEST_CASE("a preamble is what the protocol says of this side") {
  CHECK(sent("header = \"length:u8\"\nstart = { client = \"C%00\", server = \"S\" }\n",
             "preamble") == std::string("C\0", 2));
  CHECK(sent("header = \"length:u8\"\nstart = \"AB\"\n", "preamble:X%01") == "X\1");
  CHECK(sent("header = \"length:u8\"\nstart = 4\n", "preamble") ==
        "t:1: 'preamble': the protocol does not say which bytes; there is preamble:bytes");
  CHECK(sent("header = \"length:u8\"\n", "preamble") ==
        "t:1: 'preamble': the protocol has no bytes before the first chunk");
}

TEST_CASE("a block is one chunk") {
  const auto whole = sent(forms, "FORM:ab:LIST={X%20%20%20=1}:DATA=xyz");
  CHECK(whole == "FORM\25abLIST\6X   \0011DATA\3xyz");
  CHECK(sent(forms, "FORM:ab {\n  LIST {\n# c\n X%20%20%20:1\n}\n\nDATA:xyz\n}") == whole);
  CHECK(sent(forms, "FORM:ab {\nLIST {\nX%20%20%20:1\n}\nraw-send:DATA%03xyz\n}\n") == whole);
  CHECK(sent(forms, "FORM:ab {\n},len=9") == "FORM\11ab");
  CHECK(sent(forms, "DATA:a %7b") == "DATA\3a {");
}

TEST_CASE("a mistake in a block has its line") {
  CHECK(sent(forms, "FORM:ab {\nLIST {\n  DATA:%0\n}\n}").starts_with("t:3: "));
  CHECK(sent(forms, "FORM:ab {\nDATA:1\n").starts_with("t:1: 'FORM:ab {': a block without its }"));
  CHECK(sent(forms, "FORM:a {\n}") ==
        "t:1: 'FORM:a': 2 bytes stand before the subchunks, not 1\nFORM:a {\n^^^^^^");
  CHECK(sent(forms, "FORM:ab {\n  DATA,fill=3:1\n}") ==
        "t:2: 'fill=3': cut= and fill= are for whole chunks\nDATA,fill=3:1\n     ^^^^^^");
  CHECK(sent(forms, "FORM:ab {\n},fill=3").starts_with("t:2: '},fill=3': only len=N"));
}
