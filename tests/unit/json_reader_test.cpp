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

TEST_CASE("other members, blank lines and CRLF are ignored") {
  CHECK(read("\n \t\r\n{\"value\":[{\"id\":7,\"text\":[]}],\"id\":\"NOOP\",\"n\":-1e3}\r\n\n") ==
        "NOOP\0\0\0\0"sv);
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
