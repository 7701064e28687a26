// What a protocol file says of its framing, and the mistakes that it can have.
#include "support/bytes.hpp"

#include <chunk/escape.hpp>
#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;
using support::bytes;

namespace {

chunk::protocol protocol_of(std::string_view toml) {
  return chunk::value_or_throw(chunk::parse_protocol(toml, "p.toml"));
}

std::string mistake(std::string_view toml) {
  const auto read = chunk::parse_protocol(toml, "p.toml");
  if (read) return "none";
  CHECK((read.error().code == chunk::errc::bad_protocol));
  return to_text(read.error());
}

/// A chunk with the ID that `id` stands for and the payload "abc", in a framing with that header.
std::string encoded(const std::string& header, std::string_view id = {}) {
  const auto rules = protocol_of("header = '" + header + "'");
  const auto known = chunk::value_or_throw(chunk::parse_id(id, rules.framing.ids()));
  const chunk::chunk_view value{known, bytes("abc")};
  std::vector<std::byte> out(encoded_size(value, rules.framing));
  CHECK(encode(value, out, rules.framing) == out.size());
  CHECK(rules.framing.largest_header() >= out.size() - 3);
  const auto front = rules.framing.read_header(out);
  CHECK((front.is == chunk::header_reading::state::whole));
  CHECK(front.head.length == 3);
  CHECK((front.head.id == known));
  CHECK(to_text(front.head.id) == id);
  return chunk::escaped(out);
}

}  // namespace

TEST_CASE("a length of every type is written and read back") {
  CHECK(encoded("length:u8") == "%03abc");
  CHECK(encoded("length:u16le") == "%03%00abc");
  CHECK(encoded("length:u16be") == "%00%03abc");
  CHECK(encoded("length:u24le") == "%03%00%00abc");
  CHECK(encoded("length:u24be") == "%00%00%03abc");
  CHECK(encoded("length:u32le") == "%03%00%00%00abc");
  CHECK(encoded("length:u32be") == "%00%00%00%03abc");
  CHECK(encoded("length:u64le") == "%03%00%00%00%00%00%00%00abc");
  CHECK(encoded("length:u64be") == "%00%00%00%00%00%00%00%03abc");
  CHECK(encoded("length:varint") == "%03abc");
  CHECK(encoded("length:hex4") == "0003abc");
  CHECK(encoded("length:digits \":\"") == "3:abc");
}

TEST_CASE("an ID of every type is written and read back") {
  CHECK(encoded("id:1 length:u8", "a") == "a%03abc");
  CHECK(encoded("id:16 length:u8", "0123456789abcdef") == "0123456789abcdef%03abc");
  CHECK(encoded("id:u8 length:u8", "255") == "%ff%03abc");
  CHECK(encoded("id:u16le length:u8", "258") == "%02%01%03abc");
  CHECK(encoded("id:u16be length:u8", "258") == "%01%02%03abc");
  CHECK(encoded("id:u24le length:u8", "66051") == "%03%02%01%03abc");
  CHECK(encoded("id:u24be length:u8", "66051") == "%01%02%03%03abc");
  CHECK(encoded("id:u32le length:u8", "16909060") == "%04%03%02%01%03abc");
  CHECK(encoded("id:u32be length:u8", "16909060") == "%01%02%03%04%03abc");
  CHECK(encoded("id:u64le length:u8", "72623859790382856") == "%08%07%06%05%04%03%02%01%03abc");
  CHECK(encoded("id:u64be length:u8", "18446744073709551615") == "%ff%ff%ff%ff%ff%ff%ff%ff%03abc");
  CHECK(encoded("id:varint length:u8", "300") == "%ac%02%03abc");
  CHECK(encoded("id:hex4 length:u8", "48879") == "beef%03abc");
  CHECK(encoded("id:digits \"/\" length:u8", "1234") == "1234/%03abc");
}

TEST_CASE("literals and defaults of fields are written") {
  CHECK(encoded("\"ZBXD\" flags:u8=1 length:u32le reserved:u32le") ==
        "ZBXD%01%03%00%00%00%00%00%00%00abc");
  CHECK(encoded("a:u16be=0x102 b:varint=300 c:2=xy d:3 length:u8 e:digits=12 \"%3a %22\"") ==
        "%01%02%ac%02xy%00%00%00%0312:%20%22abc");
  CHECK(encoded("length:u8 \"a b\"  ") == "%03a%20babc");
}

TEST_CASE("a file without a header has the chunk framing") {
  CHECK((protocol_of("[NOOP]\nsummary = 'x'").framing == chunk::framing{}));
  CHECK(protocol_of("").definitions.empty());
}

TEST_CASE("the chunk framing may have other keys beside it") {
  const auto rules = protocol_of("depth = 2\nstart = 'abc'");
  CHECK(rules.framing.depth() == 2);
  CHECK(chunk::escaped(rules.framing.start().bytes) == "abc");
  const auto id = chunk::id_of_bytes(bytes("NOOP"), rules.framing.ids());
  CHECK(chunk::escaped(chunk::encode(chunk::header{id, 258}, rules.framing)) == "NOOP%02%01%00%00");
}

TEST_CASE("numbers have names, and each form is read") {
  const auto rules = protocol_of(
      "header = 'id:u8 length:u8'\n[CONNECT]\nid = 0x10\nreply = 'CONNACK'\n[CONNACK]\nid = 32\n"
      "[5]\nsummary = 'five'\n['get%20%25']\nid = 0");
  const auto* ids = rules.framing.ids();
  const auto read = [&](std::string_view text) {
    const auto id = chunk::parse_id(text, ids);
    return id ? to_text(*id) : "! " + to_text(id.error());
  };
  CHECK(read("CONNECT") == "CONNECT");
  CHECK(read("16") == "CONNECT");
  CHECK(read("0x10") == "CONNECT");
  CHECK(read("32") == "CONNACK");
  CHECK(read("5") == "5");
  CHECK(read("7") == "7");
  CHECK(read("get%20%25") == "get%20%25");
  CHECK(read("0") == "get%20%25");
  CHECK(read("") == "! '' is neither the name of an ID nor a number");
  CHECK(read("-1") == "! '-1' is neither the name of an ID nor a number");
  CHECK(read("18446744073709551616") ==
        "! '18446744073709551616' is neither the name of an ID nor a number");
  const auto* connect = rules.find(*chunk::parse_id("CONNECT", ids));
  REQUIRE(connect);
  REQUIRE(connect->replies.size() == 1);
  CHECK(to_text(connect->replies.front()) == "CONNACK");
  CHECK(rules.find(*chunk::parse_id("5", ids))->summary == "five");
  CHECK(!rules.find(*chunk::parse_id("6", ids)));
}

TEST_CASE("an ID in a container with headers of its own is another one than in the stream") {
  const auto rules = protocol_of(
      "header = 'id:u8 length:u16be'\n[Access]\nid = 1\ninner = 'id:u8 length:u8'\n"
      "contains = ['User']\n[User]\nid = 1\ntype = 'text'");
  const auto access = chunk::value_or_throw(chunk::parse_id("Access", rules.framing.ids()));
  const auto* container = rules.find(access);
  REQUIRE(container);
  CHECK(container->container);
  const auto user = chunk::value_or_throw(chunk::parse_id("1", container->framing.ids()));
  CHECK(to_text(user) == "User");
  CHECK((access == user));
  CHECK(rules.find(user)->type.has_value());
  CHECK(rules.find(user)->inner);
  CHECK(!rules.find(user)->outer);
}

TEST_CASE("the same ID in different spellings is in the same container") {
  for (const auto table : {"'fmt '", "'fmt%20'", "'%66mt%20'"}) {
    CAPTURE(table);
    const auto rules = protocol_of(
        "header = 'id:u8 length:u8'\n[C]\nid = 1\ninner = 'id:4 length:u8'\n"
        "contains = ['fmt%20*']\n[" +
        std::string(table) + "]\ntype = 'u8'");
    const auto* container = rules.find(*chunk::parse_id("C", rules.framing.ids()));
    REQUIRE(container);
    const auto id = chunk::value_or_throw(chunk::parse_id("fmt%20", container->framing.ids()));
    REQUIRE(rules.find(id));
    CHECK(rules.find(id)->type.has_value());
  }
}

TEST_CASE("every mistake in what a file says of its framing has its place and its reason") {
  struct sample {
    std::string_view toml;
    std::string_view expected;
  };
  constexpr auto samples = std::to_array<sample>({
      {"header = 5", "p.toml:1:10: a header takes strings"},
      {"header = ''", "p.toml:1:11: no length"},
      {"header = '  '", "p.toml:1:11: no length"},
      {"header = 'id:4'", "p.toml:1:11: no length"},
      {"header = 'length:u8 length:u8'", "p.toml:1:21: two lengths"},
      {"header = 'id:1 id:1 length:u8'", "p.toml:1:16: two IDs"},
      {"header = 'pad:u8 length:u8 pad:u8'", "p.toml:1:28: two pads"},
      {"header = 'length:u8 a:u8 a:u8'", "p.toml:1:26: two fields 'a'"},
      {"header = 'length'", "p.toml:1:11: 'length' is neither NAME:TYPE nor \"bytes\""},
      {"header = 'length:'",
       "p.toml:1:18: no type ''; there are u8, u16 u24 u32 u64 with le or be, varint, hex4, "
       "digits, or a number of bytes"},
      {"header = 'len:u8 length:u8'",
       "p.toml:1:11: a field cannot be named 'len', which is a modifier of the notation"},
      {"header = 'a:u8 trailer:u8 length:u8'",
       "p.toml:1:16: a field cannot be named 'trailer', which is a modifier of the notation"},
      {"header = 'le!:u8 length:u8'", "p.toml:1:11: 'le!' is not a name: letters, digits, - and _"},
      {"header = '9a:u8 length:u8'", "p.toml:1:11: '9a' is not a name: letters, digits, - and _"},
      {"header = ':u8 length:u8'", "p.toml:1:11: '' is not a name: letters, digits, - and _"},
      {"header = 'length:u17le'",
       "p.toml:1:18: no type 'u17le'; there are u8, u16 u24 u32 u64 with le or be, varint, hex4, "
       "digits, or a number of bytes"},
      {"header = 'length:u16'",
       "p.toml:1:18: no type 'u16'; there are u8, u16 u24 u32 u64 with le or be, varint, hex4, "
       "digits, or a number of bytes"},
      {"header = 'length:u8le'",
       "p.toml:1:18: no type 'u8le'; there are u8, u16 u24 u32 u64 with le or be, varint, hex4, "
       "digits, or a number of bytes"},
      {"header = 'length:4'", "p.toml:1:18: the length is a number, not a number of bytes"},
      {"header = 'pad:u16be length:u8'", "p.toml:1:15: 'pad' is a u8"},
      {"header = 'id:17 length:u8'", "p.toml:1:14: an ID has at most 16 bytes"},
      {"header = 'id:0 length:u8'",
       "p.toml:1:14: no type '0'; there are u8, u16 u24 u32 u64 with le or be, varint, hex4, "
       "digits, or a number of bytes"},
      {"header = 'id:04 length:u8'",
       "p.toml:1:14: no type '04'; there are u8, u16 u24 u32 u64 with le or be, varint, hex4, "
       "digits, or a number of bytes"},
      {"header = 'a:257 length:u8'", "p.toml:1:13: a header has at most 256 bytes"},
      {"header = 'a:200 b:100 length:u8'", "p.toml:1:11: a header has at most 256 bytes"},
      {"header = 'length:digits'", "p.toml:1:11: digits need a literal behind them"},
      {"header = 'length:digits id:4'", "p.toml:1:11: digits need a literal behind them"},
      {R"(header = 'length:digits "7"')", "p.toml:1:25: a digit cannot end digits"},
      {R"(header = '"abc length:u8')", "p.toml:1:11: a literal without its closing quote"},
      {R"(header = '"" length:u8')", "p.toml:1:11: an empty literal"},
      {R"(header = '"%4" length:u8')", "p.toml:1:12: '%4': % needs two hexadecimal digits"},
      {R"(header = '"a"length:u8')", "p.toml:1:14: a blank is missing here"},
      {"header = 'length:u8=1'", "p.toml:1:21: only a field has a default"},
      {"header = 'id:u8=1 length:u8'", "p.toml:1:17: only a field has a default"},
      {"header = 'a:u8= length:u8'", "p.toml:1:16: '' is not a whole number"},
      {"header = 'a:u8=x length:u8'", "p.toml:1:16: 'x' is not a whole number"},
      {"header = 'a:u8=256 length:u8'", "p.toml:1:16: 256 is above 255"},
      {"header = 'a:u16be=0x10000 length:u8'", "p.toml:1:19: 65536 is above 65535"},
      {"header = 'a:2=abc length:u8'", "p.toml:1:15: the default has 3 bytes, not 2"},
      {"header = 'a:2=%z length:u8'", "p.toml:1:15: '%z': % needs two hexadecimal digits"},
      {"header = 'length:u8'\ncounts = 'some'",
       "p.toml:2:10: 'counts': no 'some'; there are payload, after, length and all"},
      {"header = 'length:u8'\ncounts = 3", "p.toml:2:10: 'counts' takes strings"},
      {"header = 'length:u8'\nalign = 3", "p.toml:2:9: 'align': 3 is not a power of two"},
      {"header = 'length:u8'\nalign = 0", "p.toml:2:9: 'align': 0 is not from 1 to 65536"},
      {"header = 'length:u8'\nalign = 'x'", "p.toml:2:9: 'align' takes whole numbers"},
      {"header = 'length:u8'\nalign = 131072",
       "p.toml:2:9: 'align': 131072 is not from 1 to 65536"},
      {"header = 'length:u8 pad:u8'\nalign = 2",
       "p.toml:2:9: 'align' beside a 'pad' in the header"},
      {"header = 'length:u8'\nalone = 3", "p.toml:2:9: 'alone' is not an array"},
      {"header = 'length:u8'\nalone = ['x']", "p.toml:2:10: 'alone' takes whole numbers"},
      {"header = 'length:u8'\nalone = [1, -2]", "p.toml:2:13: 'alone': -2 is not from 0 to 255"},
      {"header = 'length:u8'\nalone = [-1, 300]", "p.toml:2:14: 'alone': 300 is not from 0 to 255"},
      {"header = 'length:u8'\ndepth = 0", "p.toml:2:9: 'depth': 0 is not from 1 to 32"},
      {"header = 'length:u8'\ndepth = 33", "p.toml:2:9: 'depth': 33 is not from 1 to 32"},
      {"header = 'length:u8'\nstart = ''", "p.toml:2:9: 'start' is empty"},
      {"header = 'length:u8'\nstart = 0", "p.toml:2:9: 'start': 0 is not from 1 to 65536"},
      {"header = 'length:u8'\nstart = 65537", "p.toml:2:9: 'start': 65537 is not from 1 to 65536"},
      {"header = 'length:u8'\nstart = true", "p.toml:2:9: 'start' takes strings"},
      {"header = 'length:u8'\nstart = '%4'", "p.toml:2:9: '%4': % needs two hexadecimal digits"},
      {"header = 'length:u8'\nstart = { client = 'a', peer = 'x' }",
       "p.toml:2:25: 'start': no side 'peer'; there are client and server"},
      {"header = 'length:u8'\nstart = { client = 0 }",
       "p.toml:2:20: 'start': 0 is not from 1 to 65536"},
      {"header = 'length:u8'\ntrailer = 4", "p.toml:2:11: 'trailer' takes strings"},
      {"header = 'length:u8'\ntrailer = ''", "p.toml:2:11: 'trailer' is empty"},
      {"header = 'length:u8'\ntrailer = '%zz'",
       "p.toml:2:11: '%zz': % needs two hexadecimal digits"},
      {"header = 'length:u8'\nlarge = 4",
       "p.toml:2:9: 'large' is not a table of lengths and types"},
      {"header = 'length:u8'\nlarge = { x = 'u8' }",
       "p.toml:2:11: 'large': 'x' is not a whole number"},
      {"header = 'length:u8'\nlarge = { 1 = 4 }", "p.toml:2:15: 'large' takes strings"},
      {"header = 'length:u8'\nlarge = { 1 = 'u8', 2 = 'digits' }",
       "p.toml:2:25: 'large': no type 'digits' of fixed size"},
      {"header = 'length:u8'\nlarge = { 1 = 'varint' }",
       "p.toml:2:15: 'large': no type 'varint' of fixed size"},
      {"header = 'length:u8'\nlarge = { 300 = 'u32be' }", "p.toml:2:11: 'large': 300 is above 255"},
      {"header = 'length:u8'\nlarge = { 1 = 'u16be', 01 = 'u32be' }",
       "p.toml:2:24: 'large': 1 is there already"},
      {"header = 'length:u8'\nlarge = { 1 = 'u16be' }\nalone = [0, 1]",
       "p.toml:2:9: 'large': 1 stands in 'alone', too"},
      {"header = 'id:u8 length:u8'\nopening = 'id:1 length:u8'",
       "p.toml:2:11: 'opening' has no id and no pad"},
      {"header = 'id:u8 length:u8'\nopening = 'length:u8 pad:u8'",
       "p.toml:2:11: 'opening' has no id and no pad"},
      {"header = 'length:u8'\nopening = 'length:u8'",
       "p.toml:2:11: 'opening' without an id in 'header'"},
      {"header = 'id:u8 length:u8'\nopening = 'length:u7'",
       "p.toml:2:19: no type 'u7'; there are u8, u16 u24 u32 u64 with le or be, varint, hex4, "
       "digits, or a number of bytes"},
      {"header = 'id:u8 length:u8'\n[a]", "p.toml:2:2: 'a' needs its number: id = N"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 300",
       "p.toml:3:6: a: 'id': 300 is not from 0 to 255"},
      {"header = 'id:u8 length:u8'\n[a]\nid = -1", "p.toml:3:6: a: 'id': -1 is not from 0 to 255"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 'x'", "p.toml:3:6: a: 'id' takes whole numbers"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 1\n[b]\nid = 1",
       "p.toml:5:6: b: 1 is the number of a"},
      {"header = 'id:u8 length:u8'\n[close]\nid = 1",
       "p.toml:2:2: 'close' is an action of scripts, and cannot name an ID"},
      {"header = 'id:u8 length:u8'\n[9a]\nid = 1",
       "p.toml:2:2: '9a': a name does not begin with a digit"},
      {"header = 'id:u8 length:u8'\n['']\nid = 1", "p.toml:2:2: an empty name"},
      {"header = 'id:u8 length:u8'\n[300]", "p.toml:2:2: the ID 300 is above 255"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 1\nreply = ['b']",
       "p.toml:4:10: 'b' is neither the name of an ID nor a number"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 1\ncontains = ['b']",
       "p.toml:4:13: 'b' is neither the name of an ID nor a number, with or without one of ? * +"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 1\nprefix = 4",
       "p.toml:4:10: a: 'prefix' without 'contains'"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 1\ninner = 'length:u8'",
       "p.toml:4:9: a: 'inner' without 'contains'"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 1\ncontains = ['*']\ninner-counts = 'all'",
       "p.toml:5:16: a: 'inner-counts' without 'inner'"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 1\ncontains = ['*']\ninner = 'id:u8'",
       "p.toml:5:10: no length"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 1\ncontains = ['*']\ninner = 'id:u8 "
       "length:u8'\ninner-align = 3",
       "p.toml:6:15: 'inner-align': 3 is not a power of two"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 1\ncontains = ['*']\ninner = 5",
       "p.toml:5:9: a header takes strings"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 1\ncontains = ['*']\nprefix = 0",
       "p.toml:5:10: a: 'prefix': 0 is not from 1 to 65536"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 1\nopen = 3",
       "p.toml:4:8: a: 'open' is not an array"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 1\nfoo = 3",
       "p.toml:4:1: a: no field 'foo'; there are contains, id, inner, inner-align, inner-counts, "
       "open, ordered, others, outer, prefix, reply, summary and type"},
      {"header = 'id:u8 length:u8'\n[a]\nid = 1\ncontains = ['b']\n[b]\nid = 2\ncontains = ['*']",
       "p.toml:4:13: a: b is a container itself, and no subchunk"},
      {"header = 'id:2 length:u8'\n[ab]\nid = 1",
       "p.toml:3:6: ab: 'id' is for IDs that are numbers"},
      {"header = 'id:2 length:u8'\n[abc]", "p.toml:2:2: 'abc' is not an ID of two bytes"},
      {"header = 'id:2 length:u8'\n[ab]\ncontains = ['xyz']",
       "p.toml:3:13: 'xyz' is not an ID of two bytes, with or without one of ? * +"},
      {"header = 'id:3 length:u8'\n[run]",
       "p.toml:2:2: 'run' is an action of scripts, and cannot name an ID"},
      {"header = 'id:3 length:u8'\n['%72un']",
       "p.toml:2:2: '%72un' is an action of scripts, and cannot name an ID"},
      {"header = 'id:3 length:u8'\n[abc]\ncontains = ['end']",
       "p.toml:3:13: 'end' is an action of scripts, and cannot name an ID"},
      {"header = 'id:3 length:u8'\n[abc]\ncontains = ['%65nd*']",
       "p.toml:3:13: '%65nd' is an action of scripts, and cannot name an ID"},
      {"header = 'id:3 length:u8'\n[abc]\nreply = 'let'",
       "p.toml:3:9: 'let' is an action of scripts, and cannot name an ID"},
      {"header = 'id:u8 length:u8'\n['%65nd']\nid = 1",
       "p.toml:2:2: '%65nd' is an action of scripts, and cannot name an ID"},
      {"header = 'length:u8'\nfoo = 1", "p.toml:2:1: foo is not a table"},
      {"header = 'length:u8'\n[foo]", "p.toml:2:2: 'foo': chunks have no ID here, only :contents"},
      {"[LIST]\nprefix = 4", "p.toml:2:10: LIST: 'prefix' needs a 'header' for the file"},
      {"[LIST]\nid = 4", "p.toml:2:6: LIST: 'id' needs a 'header' for the file"},
      {"[LIST]\ncontains = ['*']\ninner = 'length:u8'",
       "p.toml:3:9: LIST: 'inner' needs a 'header' for the file"},
  });
  for (const auto& each : samples) {
    CAPTURE(each.toml);
    CHECK(mistake(each.toml) == each.expected);
  }
  CHECK(mistake("header = 'length:u8'\nstart = '" + std::string(65537, 'a') + "'") ==
        "p.toml:2:9: 'start' has more than 65536 bytes");
}
