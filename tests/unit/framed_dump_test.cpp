// Dumps of streams in any framing: the text and the JSON of any bytes stand for the same bytes.
#include "format/json/json_reader.hpp"
#include "format/registry.hpp"
#include "support/bytes.hpp"
#include "support/framed_streams.hpp"
#include "support/framings.hpp"
#include "support/json_lines.hpp"

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::string_view_literals;

tools::format::format_options with(const chunk::protocol& rules,
                                   const tools::format::output_format& format) {
  static const tools::format::selection all;
  tools::format::format_options how;
  how.format = &format;
  how.rules = &rules;
  how.chosen = &all;
  how.subject = "stream";
  return how;
}

struct dump {
  std::string text;
  std::size_t size = 0;  ///< bytes of the stream that it stands for
};

dump show(const chunk::protocol& rules, std::string_view stream,
          const tools::format::output_format& format, const support::showing& how) {
  dump out;
  const auto made = make_formatter(with(rules, format), out.text);
  out.size = support::show_stream(rules, stream, how, *made);
  return out;
}

/// Checks that text and JSON of a stream stand for it.
void check_both(const chunk::protocol& rules, std::string_view stream,
                const support::showing& how) {
  const auto text = show(rules, stream, tools::format::text_format, how);
  const auto wanted = std::string(stream.substr(0, text.size));
  CAPTURE(text.text);
  REQUIRE(support::is_plain(text.text));
  REQUIRE(support::text_reader(rules).read(text.text) == wanted);
  const auto json = show(rules, stream, tools::format::json_format, how);
  CAPTURE(json.text);
  REQUIRE(json.size == text.size);
  REQUIRE(support::is_plain(json.text));
  REQUIRE(support::read_json(json.text, 1 + stream.size() % 50, chunk::no_limit, rules) == wanted);
}

}  // namespace

TEST_CASE("text and JSON of random streams in every framing convert back to the same bytes") {
  constexpr std::uint64_t seed = 14;
  CAPTURE(seed);
  support::generator random(seed);
  for (const auto& rules : support::framed_protocols()) {
    CAPTURE(rules.name);
    for (int index = 0; index < 2000; ++index) {
      CAPTURE(index);
      const auto stream = support::random_framed_stream(random, rules);
      CAPTURE(support::hex(support::bytes(stream)));
      support::showing how;
      how.piece =
          support::below(random, 2) == 0 ? stream.size() + 1 : 1 + support::below(random, 20);
      const bool walks = support::below(random, 2) == 0;
      how.enters = [&] { return walks && support::below(random, 4) > 0; };
      check_both(rules, stream, how);
    }
  }
}

namespace {

/// The bytes of a chunk in the notation.
std::string wire(const chunk::protocol& rules, std::string_view text) {
  return support::chars(support::bytes_of(value_or_throw(parse_chunk(text, rules))));
}

/// What a format shows of a stream, its containers whole or one by one.
std::string view(const chunk::protocol& rules, std::string_view stream,
                 const tools::format::output_format& format, bool walks = false) {
  support::showing how;
  how.piece = stream.size() + 1;
  how.enters = [walks] { return walks; };
  return '\n' + show(rules, stream, format, how).text;
}

constexpr auto wave = "RIFF:WAVE:fmt%20=%01%00:LIST={INFO:ISFT=sox}:data,pad=%07=xyz"sv;

}  // namespace

TEST_CASE("containers in containers are shown by level, whole and one by one") {
  const auto rules = support::framed_protocol("riff");
  const auto stream = wire(rules, wave);
  CHECK(view(rules, stream, tools::format::list_format) == R"~(
00000000  RIFF          50
0000000c    fmt%20       2
00000016    LIST        16
00000022      ISFT       3
0000002e    data         3
)~");
  CHECK(view(rules, stream, tools::format::list_format, true) == R"~(
00000000  RIFF          50
0000000c    fmt%20       2
00000016    LIST        16
00000022      ISFT       3
0000002e    data         3
)~");
  CHECK(view(rules, stream, tools::format::hex_format) == R"~(
00000000  RIFF          50  "WAVE"
0000000c    fmt%20       2
00000014      01 00                                             ..
00000016    LIST        16  "INFO"
00000022      ISFT       3  "sox"
0000002e    data         3  "xyz"  (padding %07 is not zero)
)~");
  CHECK(view(rules, stream, tools::format::hex_format, true) == R"~(
00000000  RIFF          50  "WAVE"
0000000c    fmt%20       2
00000014      01 00                                             ..
00000016    LIST        16  "INFO"
00000022      ISFT       3  "sox"
0000002e    data         3  "xyz"  (padding %07 is not zero)
)~");
  CHECK(view(rules, stream, tools::format::text_format) == R"~(
RIFF:WAVE:fmt%20=%01%00:LIST={INFO:ISFT=sox}:data,pad=%07=xyz
)~");
  CHECK(view(rules, stream, tools::format::text_format, true) == R"~(
RIFF:WAVE {
fmt%20:%01%00
LIST:INFO {
ISFT:sox
}
data,pad=%07:xyz
}
)~");
  CHECK(view(rules, stream, tools::format::json_format) == R"~(
{"index":0,"depth":0,"offset":0,"id":"RIFF","length":50,"prefix":"WAVE"}
{"index":1,"parent":0,"depth":1,"offset":12,"id":"fmt%20","length":2,"base64":"AQA="}
{"index":2,"parent":0,"depth":1,"offset":22,"id":"LIST","length":16,"prefix":"INFO"}
{"index":3,"parent":2,"depth":2,"offset":34,"id":"ISFT","length":3,"text":"sox"}
{"index":4,"parent":0,"depth":1,"offset":46,"id":"data","length":3,"text":"xyz","pad":"%07"}
)~");
  CHECK(view(rules, stream, tools::format::json_format, true) == R"~(
{"index":0,"depth":0,"offset":0,"id":"RIFF","length":50,"prefix":"WAVE"}
{"index":1,"parent":0,"depth":1,"offset":12,"id":"fmt%20","length":2,"base64":"AQA="}
{"index":2,"parent":0,"depth":1,"offset":22,"id":"LIST","length":16,"prefix":"INFO"}
{"index":3,"parent":2,"depth":2,"offset":34,"id":"ISFT","length":3,"text":"sox"}
{"index":4,"parent":0,"depth":1,"offset":46,"id":"data","length":3,"text":"xyz","pad":"%07"}
)~");
  CHECK(view(rules, stream, tools::format::summary_format) == R"~(
ID        count  bytes  min  median  max   share
RIFF          1     58   50      50   50  100.0%  ####################
  LIST        1     24   16      16   16   41.4%  ########
    ISFT      1     12    3       3    3   20.7%  ####
  data        1     12    3       3    3   20.7%  ####
  fmt%20      1     10    2       2    2   17.2%  ###
total         1     58                    100.0%
)~");
  CHECK(view(rules, stream, tools::format::summary_format, true) == R"~(
ID        count  bytes  min  median  max   share
RIFF          1     58   50      50   50  100.0%  ####################
  LIST        1     24   16      16   16   41.4%  ########
    ISFT      1     12    3       3    3   20.7%  ####
  data        1     12    3       3    3   20.7%  ####
  fmt%20      1     10    2       2    2   17.2%  ###
total         1     58                    100.0%
)~");
  CHECK(view(rules, stream, tools::format::check_format) == R"~(
stream:0x2e: RIFF: data: padding %07 is not zero
)~");
  CHECK(view(rules, stream, tools::format::check_format, true) == R"~(
stream:0x2e: RIFF: data: padding %07 is not zero
)~");
}

TEST_CASE("a container has the same findings whether it comes whole or one by one") {
  const auto rules = chunk::value_or_throw(chunk::parse_protocol(R"(
header = "id:4 length:u32le"
align = 2
depth = 3
[RIFF]
contains = ["fmt ", "data*", "LIST?"]
ordered = true
prefix = 4
[LIST]
contains = ["INFO", "ISFT?"]
prefix = 4
["fmt "]
type = "u16"
[INFO]
[ISFT]
type = "text"
)",
                                                                 "test.toml"));
  const auto findings = [&](std::string_view text, bool walks) {
    std::vector<std::string> lines;
    std::istringstream from(view(rules, wire(rules, text), tools::format::check_format, walks));
    for (std::string line; std::getline(from, line);) lines.push_back(line);
    std::ranges::sort(lines);
    return lines;
  };
  std::size_t found = 0;
  for (const auto* const text :
       {"RIFF:WAVE:fmt%20=%01%00:LIST={INFO:INFO=:ISFT=sox}", "RIFF:WAVE:data=1",
        "RIFF:WAVE:LIST={abcd:ISFT=%ff:ISFT=b:ODDX=1}:LIST=abcd:data=1:fmt%20=123",
        "RIFF:WAVE:fmt%20=%01%00:LIST=INFOISFT%05%00%00%00sox",
        "RIFF:WAVEdata%04%00%00%001234data%ad%de%00%00abcd", "RIFF:WAVELIST%04%00%00%00",
        "RIFF:WAVEfmt", "RIFF:WAVE:fmt%20,pad==%01%00%00:data,pad=%07=1",
        "LIST:abcd:INFO=", "WHAT:x", "RIFF:WAVE:RIFF={WAVE:fmt%20=}"}) {
    CAPTURE(text);
    const auto whole = findings(text, false);
    CHECK(whole == findings(text, true));
    found += whole.size();
  }
  CHECK(found > 20);
}

TEST_CASE("a container that is truncated ends with what its header declares") {
  const auto rules = support::framed_protocol("riff");
  const auto stream = wire(rules, wave).substr(0, 45);
  CHECK(view(rules, stream, tools::format::text_format, true) == R"~(
RIFF:WAVE {
fmt%20:%01%00
LIST:INFO {
ISFT,len=3,pad=:sox
},len=16,pad=
},len=50,pad=
)~");
  CHECK(view(rules, stream, tools::format::json_format, true) == R"~(
{"index":0,"depth":0,"offset":0,"id":"RIFF","length":50,"prefix":"WAVE"}
{"index":1,"parent":0,"depth":1,"offset":12,"id":"fmt%20","length":2,"base64":"AQA="}
{"index":2,"parent":0,"depth":1,"offset":22,"id":"LIST","length":16,"prefix":"INFO"}
{"index":3,"parent":2,"depth":2,"offset":34,"id":"ISFT","length":3,"base64":"c294","pad":""}
{"index":4,"closes":2,"declared":16,"pad":"","error":"truncated at byte 0x0: RIFF declares 50 bytes, 37 are there"}
{"index":5,"closes":0,"declared":50,"pad":"","error":"truncated at byte 0x0: RIFF declares 50 bytes, 37 are there"}
)~");
  CHECK(view(rules, stream, tools::format::hex_format, true) == R"~(
00000000  RIFF          50  "WAVE"
0000000c    fmt%20       2
00000014      01 00                                             ..
00000016    LIST        16  "INFO"
00000022      ISFT       3
0000002a        73 6f 78                                          sox
                (1 of 1 bytes of padding are missing)
                (truncated)
)~");
  CHECK(view(rules, stream, tools::format::check_format, true) == R"~(
stream:0x22: RIFF: LIST: ISFT: 1 of 1 bytes of padding are missing
stream:0x0: truncated: RIFF declares 50 bytes, 37 are there
)~");
  CHECK(view(rules, stream, tools::format::summary_format, true) == R"~(
ID        count  bytes  min  median  max   share
RIFF          1     45   50      50   50  100.0%  ####################
  LIST        1     23   16      16   16   51.1%  ##########
    ISFT      1     11    3       3    3   24.4%  #####
  fmt%20      1     10    2       2    2   22.2%  ####
total         1     45                    100.0%
1 fault, 13 bytes missing
)~");
}

TEST_CASE("fields are shown where they differ from their defaults") {
  const auto rules = support::framed_protocol("http2");
  const auto stream = wire(rules, "SETTINGS:") + wire(rules, "HEADERS,flags=5,stream=1:abc");
  CHECK(view(rules, stream, tools::format::list_format) == R"~(
00000000  SETTINGS         0
00000009  HEADERS          3  flags=5 stream=1
)~");
  CHECK(view(rules, stream, tools::format::hex_format) == R"~(
00000000  SETTINGS         0
00000009  HEADERS          3  flags=5 stream=1  "abc"
)~");
  CHECK(view(rules, stream, tools::format::json_format) == R"~(
{"index":0,"depth":0,"offset":0,"id":"SETTINGS","length":0,"text":""}
{"index":1,"depth":0,"offset":9,"id":"HEADERS","length":3,"fields":{"flags":5,"stream":1},"text":"abc"}
)~");
}

TEST_CASE("the bytes before the first chunk and a wrong trailer are shown") {
  const auto rules = support::framed_protocol("png");
  const auto stream =
      "\x89PNG\r\n\x1a\n" + wire(rules, "tEXt,trailer=%01%02%03%04:a") + wire(rules, "IEND");
  CHECK(view(rules, stream, tools::format::list_format) == R"~(
00000000  (preamble)
00000008  tEXt           1
00000015  IEND           0
)~");
  CHECK(view(rules, stream, tools::format::hex_format) == R"~(
00000000  (preamble)
00000000    89 50 4e 47 0d 0a 1a 0a                           .PNG....
00000008  tEXt           1  "a"  (wrong trailer %01%02%03%04)
00000015  IEND           0
)~");
  CHECK(view(rules, stream, tools::format::text_format) == R"~(
preamble
tEXt,trailer=%01%02%03%04:a
IEND
)~");
  CHECK(view(rules, stream, tools::format::json_format) == R"~(
{"index":0,"depth":0,"offset":0,"length":8,"preamble":true,"base64":"iVBORw0KGgo="}
{"index":1,"depth":0,"offset":8,"id":"tEXt","length":1,"text":"a","trailer":"%01%02%03%04"}
{"index":2,"depth":0,"offset":21,"id":"IEND","length":0,"text":""}
)~");
  CHECK(view(rules, stream, tools::format::check_format) == R"~(
stream:0x8: tEXt: wrong trailer %01%02%03%04
)~");
  CHECK(view(rules, "\x89PNH", tools::format::check_format) == R"~(
stream:0x0: no start: the stream begins with %89PNH, not with %89PNG%0d%0a%1a%0a
)~");
  CHECK(view(rules, stream, tools::format::payload_format) == R"~(
a)~");
}
