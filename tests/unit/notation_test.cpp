#include "support/bytes.hpp"

#include <chunk/notation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace chunk::literals;
using namespace std::literals;
using support::bytes;
using support::char_of;
using support::chars;
using support::hex;

namespace {

/// A draft as text: the ID, the modifiers, then each piece of contents as [bytes] or <path>.
std::string show(const chunk::draft& text) {
  auto out = to_text(text.id);
  if (text.length) out += " len " + std::to_string(*text.length);
  if (text.cut) out += " cut " + std::to_string(*text.cut);
  if (text.fill) out += " fill " + std::to_string(*text.fill);
  for (const auto& each : text.contents) {
    out += ' ';
    if (each.subchunk) out += to_text(each.subchunk->id) + '=';
    for (const auto& inner : each.subchunk ? each.subchunk->contents : std::vector{each}) {
      out += inner.path.empty() ? '[' + chunk::escaped(inner.bytes) + ']' : '<' + inner.path + '>';
    }
  }
  return out;
}

std::string show(const chunk::error& what) {
  return "! " + what.code.message() + ": " + to_text(what);
}

std::string parsed(std::string_view text) {
  const auto out = chunk::parse_chunk(text);
  return out ? show(*out) : show(out.error());
}

chunk::result<std::vector<std::byte>> no_files(const std::string& path) {
  return tl::unexpected(chunk::error{chunk::errc::violation, "asked for " + path});
}

/// Holds the two characters of a path's name twice, so that contents tell which file was read.
chunk::result<std::vector<std::byte>> doubled(const std::string& path) {
  return support::copied(path + path);
}

std::string whole(const chunk::image& from) {
  std::vector<std::byte> out(static_cast<std::size_t>(from.size()));
  CHECK(from.read(0, out) == out.size());
  return chars(out);
}

/// The bytes that `text` describes, or the error.
std::string wire(std::string_view text, const chunk::file_loader& load = no_files) {
  const auto parsed_text = chunk::parse_chunk(text);
  if (!parsed_text) return show(parsed_text.error());
  const auto out = chunk::encode(*parsed_text, load);
  return out ? whole(*out) : show(out.error());
}

chunk::image image_of(std::string_view text) {
  return chunk::value_or_throw(
      chunk::encode(chunk::value_or_throw(chunk::parse_chunk(text)), no_files));
}

std::string plain(chunk::id id, std::string_view payload) {
  return to_text(chunk::chunk_view{id, bytes(payload)});
}

std::string container(std::string_view payload) {
  const chunk::placed_chunk inner{{"OPND"_id, bytes(payload)}};
  return to_text("CMPU"_id, std::span(&inner, 1));
}

/// A chunk on the wire, encoded here without the library.
std::string framed(std::string_view id, std::string_view payload) {
  std::string out(id);
  for (int shift = 0; shift < 32; shift += 8) {
    out += char_of(static_cast<int>(payload.size() >> shift & 255));
  }
  return out.append(payload);
}

std::string random_bytes(std::mt19937& random, std::size_t longest) {
  // Half of the bytes have a special meaning in the notation.
  constexpr auto special = " %:=@,#\n\x7f\x80\xff\0"sv;
  std::string out(random() % (longest + 1), '\0');
  for (auto& each : out) {
    each = random() % 2 == 0 ? special[random() % special.size()]
                             : char_of(static_cast<int>(random() % 256));
  }
  return out;
}

}  // namespace

// Parsing

TEST_CASE("subchunks of the chunk framing have no modifiers") {
  CHECK(parsed("CMPU:OPER,fill=5=x") ==
        "! not an ID of the framing: 'OPER,fill' is not an ID of four bytes");
  CHECK(parsed("CMPU:OPER,len=9=x") ==
        "! not an ID of the framing: 'OPER,len' is not an ID of four bytes");
  CHECK(parsed("CMPU:A,BC=x") == parsed("CMPU:A%2cBC=x"));
}

TEST_CASE("drafts are equal if all of their contents are") {
  const std::vector<std::string_view> all{"CMPU:OPER=a", "CMPU:OPER=b", "CMPU:a", "CMPU:b",
                                          "CMPU:@a",     "CMPU:@b",     "CMPU"};
  const auto draft_of = [](std::string_view text) {
    return chunk::value_or_throw(chunk::parse_chunk(text));
  };
  for (const auto one : all) {
    for (const auto other : all) {
      CAPTURE(one);
      CAPTURE(other);
      CHECK((draft_of(one) == draft_of(other)) == (one == other));
    }
  }
}

TEST_CASE("an ID with or without a colon is an empty chunk") {
  CHECK(parsed("NOOP") == "NOOP");
  CHECK(parsed("NOOP:") == "NOOP");
  CHECK(parsed("STS%20") == "STS%20");
  CHECK(parsed("%2c%3a%3d%25") == "%2c%3a%3d%25");
}

TEST_CASE("one item without an equals sign is plain contents") {
  CHECK(parsed("ECHO:hi there!") == "ECHO [hi%20there!]");
  CHECK(parsed("ECHO:%3a%3d%25%40") == "ECHO [:%3d%25@]");
  CHECK(parsed("ECHO: x ") == "ECHO [%20x%20]");
  CHECK(parsed("ECHO:a,b#c") == "ECHO [a,b#c]");
  CHECK(parsed("ECHO:\0\xff"sv) == "ECHO [%00%ff]");
}

TEST_CASE("items with an equals sign are subchunks in their order") {
  CHECK(parsed("DLAY:NTVL=3.5") == "DLAY NTVL=[3.5]");
  CHECK(parsed("CMPU:OPER=+:OPND=3:OPND=4") == "CMPU OPER=[+] OPND=[3] OPND=[4]");
  CHECK(parsed("ANSR:STS%20=1:VALU=") == "ANSR STS%20=[1] VALU=[]");
  CHECK(parsed("ANSR:STS =1") == "ANSR STS%20=[1]");
  CHECK(parsed("CMPU:%2c%3a%3d%25=%3d") == "CMPU %2c%3a%3d%25=[%3d]");
}

TEST_CASE("a leading at sign names a file") {
  CHECK(parsed("ECHO:@data.bin") == "ECHO <data.bin>");
  CHECK(parsed("CMPU:OPER=@a:OPND=@b:OPND=4") == "CMPU OPER=<a> OPND=<b> OPND=[4]");
}

TEST_CASE("a file that holds plain contents may have any name") {
  CHECK(parsed("ECHO:@a:b=c%20d@e") == "ECHO <a:b=c%20d@e>");
}

TEST_CASE("an at sign that is escaped or not the first is an at sign") {
  CHECK(parsed("ECHO:%40x") == "ECHO [@x]");
  CHECK(parsed("ECHO:x@y") == "ECHO [x@y]");
  CHECK(parsed("CMPU:OPER=%40x") == "CMPU OPER=[@x]");
}

TEST_CASE("modifiers may come in any order and combination") {
  CHECK(parsed("ECHO,len=65545:short") == "ECHO len 65545 [short]");
  CHECK(parsed("ECHO,cut=6") == "ECHO cut 6");
  CHECK(parsed("ECHO,fill=100:ab") == "ECHO fill 100 [ab]");
  CHECK(parsed("ECHO,len=1,cut=2,fill=3:ab") == "ECHO len 1 cut 2 fill 3 [ab]");
  CHECK(parsed("ECHO,fill=3,cut=2,len=1:ab") == "ECHO len 1 cut 2 fill 3 [ab]");
  CHECK(parsed("ECHO,cut=2,len=1:OPND=x") == "ECHO len 1 cut 2 OPND=[x]");
  CHECK(parsed("ECHO,fill=0,len=0:@f") == "ECHO len 0 fill 0 <f>");
}

TEST_CASE("a modifier takes every count up to its limit") {
  CHECK(parsed("ECHO,len=4294967295") == "ECHO len 4294967295");
  CHECK(parsed("ECHO,cut=18446744073709551615") == "ECHO cut 18446744073709551615");
  CHECK(parsed("ECHO,fill=18446744073709551615:x") == "ECHO fill 18446744073709551615 [x]");
}

TEST_CASE("text that is not an ID of four bytes is refused") {
  CHECK(parsed("") == "! not an ID of the framing: '' is not an ID of four bytes");
  CHECK(parsed(":x") == "! not an ID of the framing: '' is not an ID of four bytes");
  CHECK(parsed(",len=1") == "! not an ID of the framing: '' is not an ID of four bytes");
  CHECK(parsed("delay:3") == "! not an ID of the framing: 'delay' is not an ID of four bytes");
  CHECK(parsed("NO%4:x") == "! not an ID of the framing: 'NO%4' is not an ID of four bytes");
  CHECK(parsed("CMPU:OPE=1") == "! not an ID of the framing: 'OPE' is not an ID of four bytes");
  CHECK(parsed("CMPU:=1") == "! not an ID of the framing: '' is not an ID of four bytes");
}

TEST_CASE("an unknown modifier is refused with a list of the valid ones") {
  const auto refused = [](std::string_view text) {
    return "! not a chunk: '" + std::string(text) +
           "': not a modifier; there are len=N, cut=N and fill=N";
  };
  CHECK(parsed("ECHO,:x") == refused(""));
  CHECK(parsed("ECHO,") == refused(""));
  CHECK(parsed("ECHO,len=1,") == refused(""));
  CHECK(parsed("ECHO,,len=1") == refused(""));
  CHECK(parsed("ECHO,size=3") == refused("size=3"));
  CHECK(parsed("ECHO,LEN=3") == refused("LEN=3"));
  CHECK(parsed("ECHO, len=3") == refused(" len=3"));
  CHECK(parsed("ECHO,\x1b[2J") == refused("%1b[2J"));
}

TEST_CASE("a modifier given twice is refused") {
  const auto refused = [](std::string_view text) {
    return "! not a chunk: '" + std::string(text) + "': a modifier given twice";
  };
  CHECK(parsed("ECHO,len=1,len=2") == refused("len=2"));
  CHECK(parsed("ECHO,cut=1,len=2,cut=1") == refused("cut=1"));
  CHECK(parsed("ECHO,fill=0,fill=0:x") == refused("fill=0"));
}

TEST_CASE("a modifier without a whole number is refused") {
  CHECK(parsed("ECHO,len") == "! not a chunk: len= '' is not a whole number");
  CHECK(parsed("ECHO,len=") == "! not a chunk: len= '' is not a whole number");
  CHECK(parsed("ECHO,cut=-1") == "! not a chunk: cut= '-1' is not a whole number");
  CHECK(parsed("ECHO,fill=0x10:a") == "! not a chunk: fill= '0x10' is not a whole number");
  CHECK(parsed("ECHO,len=1=2") == "! not a chunk: len= '1=2' is not a whole number");
  CHECK(parsed("ECHO,cut=\n") == "! not a chunk: cut= '%0a' is not a whole number");
}

TEST_CASE("a modifier above its limit is refused") {
  CHECK(parsed("ECHO,len=4294967296") == "! not a chunk: len= 4294967296 is above 4294967295");
  CHECK(parsed("ECHO,cut=18446744073709551616") ==
        "! not a chunk: cut= 18446744073709551616 is above 18446744073709551615");
  CHECK(parsed("ECHO,fill=99999999999999999999:a") ==
        "! not a chunk: fill= 99999999999999999999 is above 18446744073709551615");
}

TEST_CASE("several items without an equals sign are refused with the escapes") {
  const auto refused = [](std::string_view text) {
    return "! not a chunk: '" + std::string(text) +
           "': not ID=bytes; literal : and = are written %3a and %3d";
  };
  CHECK(parsed("ECHO:a:b") == refused("a"));
  CHECK(parsed("ECHO:a:") == refused("a"));
  CHECK(parsed("CMPU:OPER=+:") == refused(""));
  CHECK(parsed("CMPU:OPER=+:x") == refused("x"));
  CHECK(parsed("CMPU:OPER=+::OPND=1") == refused(""));
}

TEST_CASE("behind two colons everything up to the end is plain contents") {
  CHECK(parsed("ECHO::") == "ECHO []");
  CHECK(parsed("ECHO::{\"time\": \"12:30\"}") == "ECHO [{%22time%22:%20%2212:30%22}]");
  CHECK(parsed("LINK::http://x.y/?a=b%20@c") == "LINK [http://x.y/?a%3db%20@c]");
  CHECK(parsed("LINK::@file") == "LINK [@file]");
  CHECK(parsed("ECHO,len=1:::a") == "ECHO len 1 [:a]");
  CHECK(parsed("ECHO::50%") == "! not a chunk: '%': % needs two hexadecimal digits");
}

TEST_CASE("a second equals sign in a subchunk is refused with its escape") {
  CHECK(parsed("CMPU:OPER=a=b") ==
        "! not a chunk: 'OPER=a=b': a literal = in contents is written %3d");
  CHECK(parsed("CMPU:OPND=1:OPER==") ==
        "! not a chunk: 'OPER==': a literal = in contents is written %3d");
}

TEST_CASE("an at sign without the name of a file is refused") {
  const auto expected = "! not a chunk: '@': @ needs the name of a file; a literal @ is %40";
  CHECK(parsed("ECHO:@") == expected);
  CHECK(parsed("CMPU:OPER=@") == expected);
  CHECK(parsed("CMPU:OPER=@:OPND=1") == expected);
}

TEST_CASE("a bad escape in contents is refused") {
  CHECK(parsed("ECHO:50%") == "! not a chunk: '%': % needs two hexadecimal digits");
  CHECK(parsed("ECHO:5%0") == "! not a chunk: '%0': % needs two hexadecimal digits");
  CHECK(parsed("CMPU:OPER=%zz") == "! not a chunk: '%zz': % needs two hexadecimal digits");
}

TEST_CASE("a count is a decimal number up to the limit") {
  const auto counted = [](std::string_view text, std::uint64_t most) {
    const auto out = chunk::parse_count(text, "repeat:", most);
    return out ? std::to_string(*out) : show(out.error());
  };
  CHECK(counted("0", 0) == "0");
  CHECK(counted("007", 9) == "7");
  CHECK(counted("18446744073709551615", ~std::uint64_t{0}) == "18446744073709551615");
  CHECK(counted("1", 0) == "! not a chunk: repeat: 1 is above 0");
  CHECK(counted("18446744073709551616", 10) ==
        "! not a chunk: repeat: 18446744073709551616 is above 10");
  for (const auto text : {"", " 1", "1 ", "+1", "-1", "1.5", "1e3", "x", "1k"}) {
    CAPTURE(text);
    CHECK(counted(text, 10) ==
          "! not a chunk: repeat: '" + std::string(text) + "' is not a whole number");
  }
}

// Encoding

TEST_CASE("a draft is encoded with its true length, little-endian") {
  CHECK(hex(bytes(wire("NOOP"))) == "4e 4f 4f 50 00 00 00 00");
  CHECK(hex(bytes(wire("ECHO:abc"))) == "45 43 48 4f 03 00 00 00 61 62 63");
  CHECK(wire("CMPU:OPER=+:OPND=3:OPND=4") ==
        framed("CMPU", framed("OPER", "+") + framed("OPND", "3") + framed("OPND", "4")));
}

TEST_CASE("len= declares another length than the contents have") {
  CHECK(hex(bytes(wire("ECHO,len=65545:ab"))) == "45 43 48 4f 09 00 01 00 61 62");
  CHECK(hex(bytes(wire("ECHO,len=0:ab"))) == "45 43 48 4f 00 00 00 00 61 62");
  CHECK(hex(bytes(wire("ECHO,len=4294967295"))) == "45 43 48 4f ff ff ff ff");
}

TEST_CASE("cut= sends only the first bytes of the encoded chunk") {
  const auto full = wire("ECHO:abc");
  for (std::size_t size = 0; size <= full.size() + 2; ++size) {
    CAPTURE(size);
    CHECK(wire("ECHO,cut=" + std::to_string(size) + ":abc") == full.substr(0, size));
  }
}

TEST_CASE("fill= repeats the contents up to its count, and declares it") {
  CHECK(wire("ECHO,fill=7:abc") == framed("ECHO", "abcabca"));
  CHECK(wire("ECHO,fill=2:abc") == framed("ECHO", "ab"));
  CHECK(wire("ECHO,fill=3:abc") == framed("ECHO", "abc"));
  CHECK(wire("ECHO,fill=0:abc") == framed("ECHO", ""));
  CHECK(wire("CMPU,fill=18:OPND=3") == framed("CMPU", framed("OPND", "3") + framed("OPND", "3")));
}

TEST_CASE("modifiers are applied in the order fill=, len=, cut=") {
  CHECK(hex(bytes(wire("ECHO,fill=5,len=1,cut=12:ab"))) == "45 43 48 4f 01 00 00 00 61 62 61 62");
}

TEST_CASE("fill= needs contents to repeat, unless its count is 0") {
  const auto refused = "! not a chunk: 'ECHO': fill= needs contents to repeat";
  CHECK(wire("ECHO,fill=1") == refused);
  CHECK(wire("ECHO,fill=1:") == refused);
  CHECK(wire("ECHO,fill=1,len=1,cut=0") == refused);
  CHECK(wire("ECHO,fill=0") == framed("ECHO", ""));
}

TEST_CASE("contents are as long as a length can declare, unless another is declared") {
  const auto refused = "! not a chunk: 'ECHO': contents longer than any length can declare";
  CHECK(image_of("ECHO,fill=4294967295:x").size() == 4294967303);
  CHECK(wire("ECHO,fill=4294967296:x") == refused);
  CHECK(image_of("ECHO,fill=4294967296,len=5:x").size() == 4294967304);
}

TEST_CASE("contents whose chunk would have more bytes than can be counted are refused") {
  const auto refused = "! not a chunk: 'ECHO': contents longer than any length can declare";
  CHECK(image_of("ECHO,len=1,fill=18446744073709551607:x").size() == ~std::uint64_t{0});
  CHECK(wire("ECHO,len=1,fill=18446744073709551608:x") == refused);
  CHECK(wire("ECHO,len=1,cut=3,fill=18446744073709551615:x") == refused);
}

TEST_CASE("files are loaded by the names in the text, in order") {
  std::string asked;
  const auto load = [&](const std::string& path) {
    asked += path + ';';
    return doubled(path);
  };
  CHECK(wire("CMPU:OPER=@a:OPND=x:OPND=@b%20c", load) ==
        framed("CMPU", framed("OPER", "aa") + framed("OPND", "x") + framed("OPND", "b%20cb%20c")));
  CHECK(wire("ECHO:@f:g=h", load) == framed("ECHO", "f:g=hf:g=h"));
  CHECK(wire("ECHO,fill=5:@ab", load) == framed("ECHO", "ababa"));
  CHECK(asked == "a;b%20c;f:g=h;ab;");
}

TEST_CASE("no file is loaded for contents that name none") {
  CHECK(wire("ECHO:a@b", no_files) == framed("ECHO", "a@b"));
}

TEST_CASE("an empty file is empty contents") {
  const auto load = [](const std::string&) -> chunk::result<std::vector<std::byte>> {
    return std::vector<std::byte>{};
  };
  CHECK(wire("ECHO:@empty", load) == framed("ECHO", ""));
  CHECK(wire("CMPU:OPER=@empty", load) == framed("CMPU", framed("OPER", "")));
  CHECK(wire("ECHO,fill=1:@empty", load) ==
        "! not a chunk: 'ECHO': fill= needs contents to repeat");
}

TEST_CASE("a file that cannot be loaded fails the encoding with the loader's error") {
  CHECK(wire("ECHO:@f") == "! protocol violation: asked for f");
  CHECK(wire("CMPU:OPER=+:OPND=@f:OPND=@g") == "! protocol violation: asked for f");
}

TEST_CASE("an image reads the same bytes from every place in every amount") {
  const auto abc = framed("ECHO", "abcabcabca");
  const std::pair<std::string_view, std::string> samples[] = {
      {"NOOP", framed("NOOP", "")},
      {"ECHO:abc", framed("ECHO", "abc")},
      {"ECHO,fill=10:abc", abc},
      {"ECHO,fill=2:abc", framed("ECHO", "ab")},
      {"ECHO,fill=10,cut=16:abc", abc.substr(0, 16)},
      {"ECHO,cut=5:abc", "ECHO\3"},
      {"ECHO,cut=0:abc", ""},
      {"ECHO,fill=0:abc", framed("ECHO", "")},
  };
  for (const auto& [text, expected] : samples) {
    CAPTURE(text);
    const auto image = image_of(text);
    CHECK(image.size() == expected.size());
    for (std::size_t from = 0; from <= expected.size() + 2; ++from) {
      for (std::size_t count = 0; count <= expected.size() + 2; ++count) {
        CAPTURE(from);
        CAPTURE(count);
        std::vector<std::byte> out(count);
        const auto got = image.read(from, out);
        REQUIRE(got <= count);
        out.resize(got);
        CHECK(chars(out) == (from < expected.size() ? expected.substr(from, count) : ""));
      }
    }
  }
}

TEST_CASE("a huge filled image reads at its far end without its size in memory") {
  const auto image = image_of("ECHO,fill=4294967295:abcd");
  std::vector<std::byte> out(16);
  out.resize(image.read(image.size() - 6, out));
  CHECK(chars(out) == "bcdabc");
}

// Showing

TEST_CASE("a chunk with plain contents is shown as ID:contents, an empty one as its ID") {
  CHECK(plain("NOOP"_id, "") == "NOOP");
  CHECK(plain("ECHO"_id, "hi there!") == "ECHO:hi there!");
  CHECK(plain("STS "_id, "1") == "STS%20:1");
}

TEST_CASE("a container is shown by its subchunks") {
  const chunk::placed_chunk inner[] = {
      {{"OPER"_id, bytes("+")}}, {{"STS "_id, bytes(" 1 ")}}, {{"OPND"_id, {}}}};
  CHECK(to_text("CMPU"_id, inner) == "CMPU:OPER=+:STS%20=%201%20:OPND=");
  CHECK(to_text("CMPU"_id, {}) == "CMPU");
}

TEST_CASE("characters with a meaning in the notation are escaped in contents") {
  CHECK(plain("ECHO"_id, "50%:a=b") == "ECHO:50%25%3aa%3db");
  CHECK(container("50%:a=b") == "CMPU:OPND=50%25%3aa%3db");
}

TEST_CASE("an at sign is escaped only as the first byte") {
  CHECK(plain("ECHO"_id, "@a@") == "ECHO:%40a@");
  CHECK(plain("ECHO"_id, "@@") == "ECHO:%40@");
  CHECK(container("@a@") == "CMPU:OPND=%40a@");
}

TEST_CASE("spaces are escaped only at either end") {
  CHECK(plain("ECHO"_id, " ") == "ECHO:%20");
  CHECK(plain("ECHO"_id, "  ") == "ECHO:%20%20");
  CHECK(plain("ECHO"_id, "   ") == "ECHO:%20 %20");
  CHECK(plain("ECHO"_id, " a  b ") == "ECHO:%20a  b%20");
  CHECK(container(" a  b ") == "CMPU:OPND=%20a  b%20");
}

TEST_CASE("every byte outside 0x20-0x7E is escaped, so that a line is safe on any terminal") {
  CHECK(plain("\x1b[2J"_id, "\x1b]0;x\7\xc2\x9b\x7f\n\0"sv) == "%1b[2J:%1b]0;x%07%c2%9b%7f%0a%00");
}

TEST_CASE("every byte value reads back the same at every place of contents and of an ID") {
  for (int value = 0; value < 256; ++value) {
    CAPTURE(value);
    const auto one = char_of(value);
    for (const auto& payload : {std::string{one}, std::string{one, 'x'}, std::string{'x', one},
                                std::string{'x', one, 'y'}, std::string{one, one}}) {
      CHECK(wire(plain("ECHO"_id, payload)) == framed("ECHO", payload));
      CHECK(wire(container(payload)) == framed("CMPU", framed("OPND", payload)));
    }
    for (std::size_t at = 0; at < 4; ++at) {
      auto id = "NOOP"_id;
      id.bytes[at] = static_cast<std::byte>(value);
      const chunk::placed_chunk inner{{id, bytes("x")}};
      CHECK(wire(plain(id, "x")) == framed(chars(id.value()), "x"));
      CHECK(wire(to_text("CMPU"_id, std::span(&inner, 1))) ==
            framed("CMPU", framed(chars(id.value()), "x")));
    }
  }
}

TEST_CASE("random chunks are shown as one line of ASCII that sends the same bytes") {
  for (std::uint32_t seed = 1; seed <= 2000; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    chunk::id id;
    for (auto& each : id.bytes) each = static_cast<std::byte>(random() % 256);
    const auto payload = random_bytes(random, 40);
    const auto text = plain(id, payload);
    CHECK(std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }));
    CHECK(text.back() != ' ');
    CHECK(wire(text) == framed(chars(id.value()), payload));
  }
}

TEST_CASE("random containers are shown as one line of ASCII that sends the same bytes") {
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::vector<std::string> payloads(random() % 4);
    std::vector<chunk::placed_chunk> inner;
    std::string expected;
    for (auto& each : payloads) {
      each = random_bytes(random, 12);
      chunk::id id;
      for (auto& byte : id.bytes) byte = static_cast<std::byte>(random() % 256);
      inner.push_back({{id, bytes(each)}});
      expected += framed(chars(id.value()), each);
    }
    const auto text = to_text("CMPU"_id, inner);
    CHECK(std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }));
    CHECK(wire(text) == framed("CMPU", expected));
  }
}

TEST_CASE("contents give the same text in whatever pieces they come") {
  for (const auto payload :
       {""sv, " "sv, "    "sv, "@@  @"sv, " a  b "sv, "% :="sv, "\0\n \xff "sv, "a b c d"sv}) {
    CAPTURE(payload);
    const auto expected = plain("ECHO"_id, payload);
    // Each bit of `cuts` says whether to cut behind one byte.
    for (std::uint32_t cuts = 0; cuts < 1U << payload.size(); ++cuts) {
      CAPTURE(cuts);
      std::string out;
      chunk::text_writer writer(out);
      writer.begin("ECHO"_id);
      std::size_t start = 0;
      for (std::size_t at = 0; at < payload.size(); ++at) {
        if ((cuts >> at & 1) == 0) continue;
        writer.contents(bytes(payload.substr(start, at + 1 - start)));
        writer.contents({});
        start = at + 1;
      }
      writer.contents(bytes(payload.substr(start)));
      writer.end();
      CHECK(out == expected);
    }
  }
}

TEST_CASE("a whole chunk has the same text as one that comes byte by byte") {
  constexpr auto special = " @%:={}a"sv;
  std::mt19937 random(2);
  for (std::size_t size = 0; size <= 300; ++size) {
    for (const bool braces : {false, true}) {
      std::string payload(size, 'x');
      for (auto& each : payload) {
        if (random() % 4 == 0) each = special[random() % special.size()];
        if (random() % 16 == 0) each = char_of(static_cast<int>(random() % 256));
      }
      CAPTURE(payload);
      std::string whole;
      chunk::text_writer(whole, braces).whole("ECHO"_id, bytes(payload));
      std::string pieces;
      chunk::text_writer writer(pieces, braces);
      writer.begin("ECHO"_id);
      for (const char& each : payload) writer.contents(bytes({&each, 1}));
      writer.end();
      CHECK(whole == pieces);
    }
  }
}

TEST_CASE("a writer shows a truncated chunk with the length that it declared") {
  std::string out;
  chunk::text_writer writer(out);
  chunk::chunk_modifiers how;
  how.length = 65545;
  writer.begin("ECHO"_id, how);
  writer.contents(bytes("short "));
  writer.end();
  CHECK(out == "ECHO,len=65545:short%20");
  CHECK(hex(bytes(wire(out))) == "45 43 48 4f 09 00 01 00 73 68 6f 72 74 20");
}

TEST_CASE("a writer shows a header without any of the payload that it declared") {
  std::string out;
  chunk::text_writer writer(out);
  chunk::chunk_modifiers how;
  how.length = chunk::max_length;
  writer.begin("ECHO"_id, how);
  writer.end();
  CHECK(out == "ECHO,len=4294967295");
  CHECK(hex(bytes(wire(out))) == "45 43 48 4f ff ff ff ff");
}

TEST_CASE("a writer appends chunks independently of each other") {
  std::string out = "> ";
  chunk::text_writer writer(out);
  writer.begin("ECHO"_id);
  writer.contents(bytes("a "));
  writer.end();
  out += '\n';
  writer.begin("CMPU"_id);
  writer.subchunk({"OPER"_id, bytes(" + ")});
  writer.subchunk({"OPND"_id, bytes("@1")});
  writer.end();
  out += '\n';
  writer.begin("ECHO"_id);
  writer.contents(bytes("@ b"));
  writer.end();
  CHECK(out == "> ECHO:a%20\nCMPU:OPER=%20+%20:OPND=%401\nECHO:%40 b");
}

TEST_CASE("the faulty part of a text is given") {
  const auto offending = [](std::string_view text) {
    std::string_view part;
    CHECK(!chunk::parse_chunk(text, chunk::chunk_protocol(), &part));
    CHECK(part.data() >= text.data());
    CHECK(part.data() + part.size() <= text.data() + text.size());
    return std::string(part);
  };
  CHECK(offending("ABC:x") == "ABC");
  CHECK(offending("ECHO,len=1,foo=2:x") == "foo=2");
  CHECK(offending("ECHO:a%zzb") == "a%zzb");
  CHECK(offending("CMPU:OPND=1:b") == "b");
  CHECK(offending("CMPU:OPND=1:OP=b") == "OP");
  CHECK(offending("CMPU:OPND=1:OPER=%x") == "%x");
  CHECK(offending("CMPU:OPND=1:OPER=a=b") == "OPER=a=b");
  CHECK(offending("ECHO:@") == "@");
  std::string_view untouched = "as it was";
  CHECK(chunk::parse_chunk("ECHO:x", chunk::chunk_protocol(), &untouched));
  CHECK(untouched == "as it was");
}

TEST_CASE("a draft is encoded in the framing of its protocol, its subchunks too") {
  const auto rules = chunk::value_or_throw(chunk::parse_protocol(
      "header = 'id:4 length:digits \":\"'\n[CMPU]\ncontains = ['OPER', 'OPND*']", "digits"));
  const auto sent = [&](std::string_view text) {
    const auto draft = chunk::value_or_throw(chunk::parse_chunk(text, rules));
    const auto image = chunk::value_or_throw(chunk::encode(draft, nullptr));
    std::vector<std::byte> out(static_cast<std::size_t>(image.size()));
    CHECK(image.read(0, out) == out.size());
    for (std::size_t from = 0; from <= out.size(); ++from) {
      std::vector<std::byte> tail(out.size() - from);
      CHECK(image.read(from, tail) == tail.size());
      CHECK(std::ranges::equal(tail, std::span(out).subspan(from)));
    }
    return chars(out);
  };
  CHECK(sent("ECHO:abc") == "ECHO3:abc");
  CHECK(sent("NOOP") == "NOOP0:");
  CHECK(sent("ECHO,fill=10:abc") == "ECHO10:abcabcabca");
  CHECK(sent("ECHO,len=123:abc") == "ECHO123:abc");
  CHECK(sent("ECHO,cut=5:abc") == "ECHO3");
  CHECK(sent("CMPU:OPER=+:OPND=34") == "CMPU15:OPER1:+OPND2:34");
}
