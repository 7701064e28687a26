#include "format/json/json_reader.hpp"

#include "support/bytes.hpp"
#include "support/json_lines.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using support::read_json;

std::string read(std::string_view text) {
  const auto at_once = read_json(text, text.size() + 1);
  CHECK(read_json(text, 1) == at_once);
  return at_once;
}

}  // namespace

TEST_CASE("without an error the length follows from the contents") {
  CHECK(read(R"({"id":"ECHO","length":99,"text":"hi"})") == "ECHO\2\0\0\0hi"sv);
  CHECK(read(R"({"id":"ECHO","length":null,"base64":"AP8="})") == "ECHO\2\0\0\0\0\xff"sv);
  CHECK(read(R"({"text":"\u0000\u00e9\ud83d\ude00é","id":"a%0a%00%25"})") ==
        "a\n\0%\x09\0\0\0\0\xc3\xa9\xf0\x9f\x98\x80\xc3\xa9"sv);
}

TEST_CASE("with an error the declared length and the incomplete payload are kept") {
  CHECK(read(R"({"id":"ECHO","length":99,"text":"hi","error":"cut"})") == "ECHO\x63\0\0\0hi"sv);
  CHECK(read(R"({"error":true,"id":"ECHO","length":4294967295,"base64":""})") ==
        "ECHO\xff\xff\xff\xff"sv);
  CHECK(read(R"({"id":"ECHO","text":"hi","error":"no length"})") == "ECHO\2\0\0\0hi"sv);
  CHECK(read(R"({"id":"ECHO","length":9,"text":"hi","error":null})") == "ECHO\2\0\0\0hi"sv);
}

TEST_CASE("a line without an ID is sent as raw bytes") {
  CHECK(read(R"({"base64":"Tk8="}
{"text":"x","length":7,"error":"skipped"})") == "NOx");
}

TEST_CASE("a container holds the subchunk lines after it, whatever length it had") {
  CHECK(read(R"({"index":4,"depth":0,"id":"CMPU","length":1}
{"index":5,"depth":1,"parent":4,"id":"OPER","text":"+"}

{"index":6,"parent":4,"id":"OPND"}
{"index":7,"depth":0,"id":"NOOP"}
{"index":8,"depth":0,"id":"DLAY","length":30,"error":"of the container"}
{"index":9,"depth":1,"parent":8,"id":"NTVL","text":"3","length":2,"error":"of the subchunk"})") ==
        "CMPU\x11\0\0\0OPER\1\0\0\0+OPND\0\0\0\0NOOP\0\0\0\0DLAY\x1e\0\0\0NTVL\2\0\0\0003"sv);
}

TEST_CASE("members beside the payload, blank lines and CRLF are ignored") {
  CHECK(
      read(
          "\n "
          "\t\r\n{\"value\":[{\"id\":7,\"text\":[]}],\"id\":\"NOOP\",\"text\":\"\",\"offset\":-1e3,"
          "\"time\":\"x\",\"connection\":1,\"direction\":\"<\",\"latency\":0.5}\r\n\n") ==
      "NOOP\0\0\0\0"sv);
}

TEST_CASE("numbers may be written in any way, and their size matters only where they are used") {
  CHECK(read(R"({"id":"ECHO","length":1.0,"text":"a"})") == "ECHO\1\0\0\0a"sv);
  CHECK(read(R"({"id":"ECHO","length":9e0,"text":"a","error":"cut"})") == "ECHO\x09\0\0\0a"sv);
  CHECK(read(R"({"id":"CMPU","index":2.0,"depth":-0}
{"id":"OPER","parent":20e-1,"depth":1.0,"text":"+"})") == "CMPU\x09\0\0\0OPER\1\0\0\0+"sv);
  const std::string digits(30, '9');
  CHECK(read("{\"id\":\"ECHO\",\"text\":\"a\",\"offset\":" + digits + ",\"length\":" + digits +
             "}") == "ECHO\1\0\0\0a"sv);
  CHECK(read("{\"id\":\"ECHO\",\"text\":\"a\",\"error\":\"cut\",\"length\":" + digits + "}") ==
        "!1: 18446744073709551615 bytes, more than 4294967295");
}

TEST_CASE("a container may hold its subchunks in its own object") {
  constexpr auto sum = "CMPU\x12\0\0\0OPER\1\0\0\0+OPND\1\0\0\0003"sv;
  CHECK(read(R"({"id":"CMPU","subchunks":[{"id":"OPER","text":"+"},{"id":"OPND","text":"3"}]})") ==
        sum);
  CHECK(
      read(R"({"subchunks":[{"index":1,"parent":0,"depth":1,"id":"OPER","base64":"Kw=="},)"
           R"({"length":3,"value":{"a":[{}]},"text":"3","id":"OPND"}],"length":1,"id":"CMPU"})") ==
      sum);
  CHECK(read(R"({"id":"CMPU","subchunks":[]})") == "CMPU\0\0\0\0"sv);
  CHECK(read(R"({"id":"CMPU","subchunks":[{"id":"OPND"},{"base64":"Tk8="}]})") ==
        "CMPU\x0a\0\0\0OPND\0\0\0\0NO"sv);
  CHECK(read(R"({"id":"CMPU","subchunks":[],"length":7,"error":"x"})") == "CMPU\x07\0\0\0"sv);
}

TEST_CASE("subchunks in an object that do not describe subchunks are refused with their number") {
  constexpr std::pair<std::string_view, std::string_view> refused[] = {
      {R"("subchunks":[{"id":"OPND","text":1}])", R"(subchunk 1: "text" is no string)"},
      {R"("subchunks":[{"id":"OPND"},{"id":"OP"}])", "subchunk 2: 'OP' is not an ID of four bytes"},
      {R"("subchunks":[{"id":"OPND"},{"it":"OPND"}])", R"(subchunk 2: unknown member "it")"},
      {R"("subchunks":[{"id":"OPND"},{}])", R"(subchunk 2: none of "id", "text" and "base64")"},
      {R"("subchunks":[{"id":"OPND","base64":"x"}])",
       "subchunk 1: no base64: not a multiple of four digits"},
      {R"("subchunks":[{"id":"OPND","length":1}])",
       R"(subchunk 1: "length" is 1, but there is neither a payload nor a subchunk)"},
      {R"("subchunks":[{"id":"OPND","subchunks":[]}])", "subchunk 1: has subchunks itself"},
      {R"("subchunks":[1])", R"("subchunks" holds something that is no object)"},
      {R"("subchunks":[null])", R"("subchunks" holds something that is no object)"},
      {R"("subchunks":[[]])", R"("subchunks" holds something that is no object)"},
      {R"("subchunks":{"id":"OPND"})", R"("subchunks" is no array)"},
      {R"("subchunks":"")", R"("subchunks" is no array)"},
      {R"("subchunks":[],"text":"")", R"(both a payload and "subchunks")"},
      {R"("subchunks":[],"parent":0)", "a subchunk has subchunks itself"},
  };
  for (const auto& [members, reason] : refused) {
    CAPTURE(members);
    CHECK(read("{\"id\":\"CMPU\"," + std::string(members) + "}") == "!1: " + std::string(reason));
  }
  CHECK(read(R"({"subchunks":[]})") == R"(!1: "subchunks" without "id")");
}

TEST_CASE("a chunk that has lost its payload is refused, at its own line") {
  const std::string before = "{\"id\":\"NOOP\"}\n\n";
  const auto sent = "NOOP\0\0\0\0"s;
  const auto lost = R"("length" is 27, but there is neither a payload nor a subchunk)"s;
  CHECK(read(before + R"({"index":1,"id":"CMPU","length":27})") == sent + "!3: " + lost);
  CHECK(read(before + "{\"index\":1,\"id\":\"CMPU\",\"length\":27}\n\n{\"id\":\"NOOP\"}\n") ==
        sent + "!3: " + lost);
  CHECK(read(R"({"id":"ECHO","text":null})") ==
        "!1: the payload is null, and there is no subchunk");
  CHECK(read(R"({"id":"ECHO","text":null,"length":0})") == "ECHO\0\0\0\0"sv);
  CHECK(read(R"({"id":"ECHO","text":null,"base64":"YQ=="})") == "ECHO\1\0\0\0a"sv);
  CHECK(read(R"({"id":"ECHO","value":3})") == R"(!1: "value" without "text" or "base64")");
  CHECK(read(R"({"id":null,"text":"a"})") == R"(!1: "id" is null)");
  CHECK(read(R"({"id":null,"text":"a","error":"truncated"})") == "a");
}

TEST_CASE("a NUL, a second member of a name and a byte order mark do not hide what follows") {
  CHECK(read("{\"id\":\"ECHO\",\"text\":\"a\"}\0{\"id\":\"ECHO\",\"text\":\"b\"}\n"sv) ==
        "!1: no JSON at column 25");
  CHECK(read("{\"id\":\"NOOP\",\"text\":\"\"}\n\0{\"id\":\"NOOP\"}"sv) ==
        "NOOP\0\0\0\0!2: not a JSON object"sv);
  CHECK(read("{\"id\":\"NOOP\"}\0\n"sv) == "!1: no JSON at column 14");
  CHECK(read("{\"id\":\"ECHO\",\"text\":\"a\0b\"}"sv) == "!1: no JSON at column 23");
  CHECK(read(R"({"id":"ECHO","text":"a","text":"b"})") == R"(!1: "text" twice)");
  CHECK(read("\xef\xbb\xbf{\"id\":\"NOOP\"}\n") == "!1: begins with a byte order mark of UTF-8");
  CHECK(read("\xff\xfe{\0"sv) == "!1: begins with a byte order mark of UTF-16");
}

TEST_CASE("any depth of values that are ignored is read") {
  constexpr std::size_t levels = 1'000'000;
  const auto value = std::string(levels, '[') + std::string(levels, ']');
  CHECK(read_json("{\"id\":\"ECHO\",\"value\":" + value + ",\"text\":\"a\"}", 64 * 1024) ==
        "ECHO\1\0\0\0a"sv);
}

TEST_CASE("a line that is not such an object is refused, and everything before it is sent") {
  constexpr std::pair<std::string_view, std::string_view> refused[] = {
      {"NOOP", "not a JSON object"},
      {"[]", "not a JSON object"},
      {"\"text\"", "not a JSON object"},
      {R"({"id":"NOOP")", "no JSON at column 13"},
      {R"({"id":"NOOP"}x)", "no JSON at column 14"},
      {R"({"id":"NOOP",})", "no JSON at column 14"},
      {"{\"text\":\"\xff\"}", "no JSON at column 10"},
      {R"({"text":"\ud800"})", "no JSON at column 16"},
      {R"({})", R"(none of "id", "text" and "base64")"},
      {R"({"depth":0,"length":3})", R"(none of "id", "text" and "base64")"},
      {R"({"id":"ECHO","text":"a","base64":"YQ=="})", R"(both "text" and "base64")"},
      {R"({"id":"ECHO","base64":"YQ"})", "no base64: not a multiple of four digits"},
      {R"({"id":"ECH","text":"a"})", "'ECH' is not an ID of four bytes"},
      {R"({"id":"E\u001bCHO"})", "'E%1bCHO' is not an ID of four bytes"},
      {R"({"id":7})", R"("id" is no string)"},
      {R"({"id":"ECHO","txt":"a"})", R"(unknown member "txt")"},
      {R"({"id":"ECHO","\u001b[2J":"a"})", R"(unknown member "%1b[2J")"},
      {R"({"id":"ECHO","text":"","value":1e400})", "a number out of range at column 36"},
      {R"({"id":"ECHO","text":{}})", R"("text" is no string)"},
      {R"({"id":"ECHO","base64":[]})", R"("base64" is no string)"},
      {R"({"id":"ECHO","length":"2"})", R"("length" is no whole number)"},
      {R"({"id":"ECHO","index":-1})", R"("index" is no whole number)"},
      {R"({"id":"ECHO","depth":0.5})", R"("depth" is no whole number)"},
      {R"({"id":"ECHO","parent":true})", R"("parent" is no whole number)"},
      {R"({"id":"ECHO","depth":2})", "depth 2: there are 0 and 1"},
      {R"({"id":"ECHO","depth":1})", R"(a subchunk without "parent")"},
      {R"({"id":"ECHO","parent":1})", "a subchunk of 1, which is not the container before it"},
      {R"({"id":"ECHO","length":4294967296,"text":"","error":""})",
       "4294967296 bytes, more than 4294967295"},
  };
  for (const auto& [line, reason] : refused) {
    CAPTURE(line);
    const auto text = "{\"id\":\"NOOP\",\"index\":1,\"text\":\"\"}\n" + std::string(line);
    CHECK(read(text) == std::string("NOOP\0\0\0\0!2: "sv) + std::string(reason));
  }
}

TEST_CASE("a subchunk belongs to the current container, and to no other") {
  const std::string first = "{\"id\":\"CMPU\",\"index\":1}\n{\"id\":\"DLAY\",\"index\":2}\n";
  CHECK(read(first + R"({"id":"NTVL","parent":1})") ==
        "CMPU\0\0\0\0!3: a subchunk of 1, which is not the container before it"sv);
  CHECK(read(first + R"({"id":"NTVL","parent":2})") == "CMPU\0\0\0\0DLAY\x08\0\0\0NTVL\0\0\0\0"sv);
  CHECK(read(R"({"id":"DLAY"}
{"id":"NTVL","parent":0})") == "!2: a subchunk of 0, which is not the container before it");
}

TEST_CASE(
    "a payload above the limit is refused, also one of subchunks, and a line without an end") {
  CHECK(read_json(R"({"id":"ECHO","text":"abcd"})", 9, 4) == "ECHO\4\0\0\0abcd"sv);
  CHECK(read_json(R"({"id":"ECHO","text":"abcde"})", 9, 4) == "!1: 5 bytes, more than 4");
  CHECK(read_json(R"({"id":"ECHO","length":5,"text":"","error":""})", 9, 4) ==
        "!1: 5 bytes, more than 4");
  CHECK(read_json("{\"id\":\"CMPU\",\"index\":0}\n{\"id\":\"OPND\",\"parent\":0}", 9, 4) ==
        "!2: 8 bytes, more than 4");
  tools::format::json_reader reader(4);
  std::vector<std::byte> out;
  const std::string endless(60'000, ' ');
  CHECK(reader.read(endless, out).has_value());
  const auto done = reader.read(endless, out);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == chunk::errc::malformed);
  CHECK(to_text(done.error()) == "a line too long for any chunk that is allowed");
}
