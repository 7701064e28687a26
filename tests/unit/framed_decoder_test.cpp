// Streams in the framings of protocol files: decoded in pieces, encoded, shown in the notation.
#include "support/bytes.hpp"
#include "support/framed.hpp"

#include <chunk/escape.hpp>
#include <chunk/framing.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::literals;
using support::buffer;
using support::bytes;
using support::framed_trace;
using support::framed_trace_bytewise;
using support::texts;
using support::wire_of;

namespace {

chunk::protocol protocol_of(std::string_view toml) {
  return chunk::value_or_throw(chunk::parse_protocol(toml, "t"));
}

struct sample {
  std::string_view name;
  std::string_view toml;
  std::string_view wire;
  std::string_view expected;
  chunk::stream_side side = chunk::stream_side::unknown;
};

constexpr auto client = chunk::stream_side::client;
constexpr auto server = chunk::stream_side::server;

constexpr auto postgres =
    "header = 'id:1 length:u32be'\ncounts = 'length'\nopening = 'length:u32be'\n[Q]\n[R]\n"sv;
constexpr auto late_id =
    "header = 'length:u16be id:1 flags:u16be'\nopening = 'length:u32be'\n[A]\n"sv;
constexpr auto later_id =
    "header = 'length:u32be id:1'\ncounts = 'after'\nopening = 'length:u32be'\n[A]\n"sv;
constexpr auto last_id = "header = 'length:u16be id:1'\nopening = 'length:u16be a:1'\n[A]\n"sv;
constexpr auto op_fields =
    "header = 'id:1 length:u32be big:4'\ncounts = 'length'\nopening = 'length:u32be a:1 b:1'\n[A]\n"sv;
constexpr auto two_larger = "header = 'length:u8'\nlarge = { 126 = 'u16be', 127 = 'u64be' }\n"sv;
constexpr auto two_starts = "header = 'length:u8'\nstart = { client = 'ABAB', server = 'A' }\n"sv;
constexpr auto http2 =
    "header = 'length:u24be id:u8 flags:u8 stream:u32be'\nstart = { client = 'PRI%0a' }\n"
    "[DATA]\nid = 0\n[HEADERS]\nid = 1\n"sv;
constexpr auto png = "header = 'length:u32be id:4'\nstart = '%89PNG'\ntrailer = 'crc32'\n"sv;
constexpr auto riff =
    "header = 'id:4 length:u32le'\nalign = 2\ndepth = 3\n"
    "[RIFF]\nprefix = 4\ncontains = ['*']\n[LIST]\nprefix = 4\nouter = false\ncontains = ['*']\n"
    "[data]\nopen = [0xffffffff]\n"sv;
constexpr auto mp4 =
    "header = 'length:u32be id:4'\ncounts = 'all'\nlarge = { 1 = 'u64be' }\ndepth = 4\n"
    "[moov]\ncontains = ['*']\n[trak]\ncontains = ['*']\n[mdat]\nopen = [0]\n"sv;
constexpr auto radius =
    "header = 'id:u8 ident:u8 length:u16be auth:2'\ncounts = 'all'\n"
    "[Access]\nid = 1\ninner = 'id:u8 length:u8'\ninner-counts = 'all'\ncontains = ['User', '*']\n"
    "[User]\nid = 1\ntype = 'text'\n"sv;
constexpr auto w64 =
    "header = 'id:16 length:u64le'\ncounts = 'all'\nalign = 8\n"
    "['riff............']\nprefix = 16\ncontains = ['*']\n"sv;

const sample samples[] = {
    {"little-endian lengths without IDs", "header = 'length:u16le'",
     "%03%00abc%00%00%01%00:", "/3@0[abc]/0@5[]/1@7[:]."},
    {"big-endian lengths of three bytes", "header = 'length:u24be'", "%00%00%02ab", "/2@0[ab]."},
    {"lengths of eight bytes", "header = 'length:u64le id:2'", "%01%00%00%00%00%00%00%00xyz",
     "xy/1@0[z]."},
    {"varints of one and two bytes", "header = 'id:u8 length:varint'\n[CONNECT]\nid = 0x10",
     "%10%02ab%11%00%10%81%00c", "CONNECT/2@0[ab]17/0@4[]CONNECT/1@6[c]."},
    {"varints for IDs", "header = 'id:varint length:u8'", "%ac%02%01a%05%00", "300/1@0[a]5/0@4[]."},
    {"four hexadecimal digits that count all, and lengths that stand alone",
     "header = 'length:hex4'\ncounts = 'all'\nalone = [0, 1, 2]", "0009hello000000010006ab0004",
     "/9@0[hello]/0@9[]/1@13[]/6@17[ab]/4@23[]."},
    {"hexadecimal digits in capitals", "header = 'length:hex4'", "000Aabcdefghij",
     "/10@0[abcdefghij]."},
    {"netstrings", "header = 'length:digits \":\"'\ntrailer = ','", "3:abc,0:,00012:abc:abc:abc:,",
     "/3@0[abc]+,/0@6[]+,/12@9[abc:abc:abc:]+,."},
    {"a literal with the wrong trailer", "header = 'length:digits \":\"'\ntrailer = ','", "1:a;0:,",
     "/1@0[a]+;!trailer/0@4[]+,."},
    {"digits for IDs and lengths", "header = 'id:digits \" \" length:digits \"%0a\"'",
     "7 2%0aab12 0%0a", "7/2@0[ab]12/0@6[]."},
    {"a length between literals", "header = '\"Content-Length: \" length:digits \"%0d%0a%0d%0a\"'",
     "Content-Length: 2%0d%0a%0d%0aokContent-Length: 0%0d%0a%0d%0a", "/2@0[ok]/0@23[]."},
    {"counts what follows the length", "header = 'length:u32be id:u8'\ncounts = 'after'",
     "%00%00%00%03%0bab%00%00%00%01%0d", "11/3@0[ab]13/1@7[]."},
    {"counts the length itself and what follows it", postgres, "Q%00%00%00%06a%00R%00%00%00%04",
     "Q/6@0[a%00]R/4@7[]."},
    {"the first chunk of a client is another one", postgres,
     "%00%00%00%08%00%03%00%00Q%00%00%00%05a", "/8@0[%00%03%00%00]Q/5@8[a].", client},
    {"whose stream it is shows by the ID", postgres, "%00%00%00%08%00%03%00%00Q%00%00%00%05a",
     "/8@0[%00%03%00%00]Q/5@8[a]."},
    {"the first chunk of a server is like all others", postgres, "%00%00%00%00%04S%00%00%00%05a",
     "%00/4@0[]S/5@5[a].", server},
    {"a first chunk whose header is shorter than others, the ID of which comes late", late_id,
     "%00%00%00%03xyz%00%02A%00%00hi", "/3@0[xyz]A/2@7[hi]."},
    {"a late ID at once", late_id, "%00%02A%00%00hi%00%00A%00%00", "A/2@0[hi]A/0@7[]."},
    {"a first chunk that ends where an ID does shows by the ID", last_id, "%00%03zxyz%00%02Ahi",
     ",a=z/3@0[xyz]A/2@6[hi]."},
    {"a first chunk that may end before an ID is taken for another", later_id,
     "%00%00%00%03xyz%00%00%00%02Aq", "x/3@0[yz]A/2@7[q]."},
    {"a first chunk that may end before an ID shows by the side", later_id,
     "%00%00%00%03xyz%00%00%00%02Aq", "/3@0[xyz]A/2@7[q].", client},
    {"counts all, and fields have names",
     "header = 'id:u8 ident:u8 length:u16be auth:2'\ncounts = 'all'",
     "%01%02%00%08xyab%03%00%00%06%00%00", "1,ident=2,auth=xy/8@0[ab]3/6@8[]."},
    {"fields before, between and behind", "header = 'a:u8=7 id:u8 b:u16le length:u8 c:1'",
     "%07%01%00%00%02%00hi%08%02%03%04%00z", "1/2@0[hi]2,a=8,b=1027,c=z/0@8[]."},
    {"literals among fields", "header = 'id:u8 \"%00%00\" length:u8'", "%01%00%00%02ab",
     "1/2@0[ab]."},
    {"a field that says how many bytes follow the payload",
     "header = 'id:u8 length:u16be pad:u8 reserved:u8'",
     "%01%00%02%03%00ab%00%00%00%02%00%00%00%00%03%00%01%02%00cx%00",
     "1/2@0[ab]+%00%00%00"
     "2/0@10[]3/1@15[c]+x%00!pad."},
    {"a trailer and a field for padding, all counted",
     "header = 'id:u8 length:u8 pad:u8'\ntrailer = '%ff'\ncounts = 'after'",
     "%01%06%02ab%ff%00%00%02%02%00%fe",
     "1/6@0[ab]+%ff%00%00"
     "2/2@8[]+%fe!trailer."},
    {"checksums behind the payload", png,
     "%89PNG%00%00%00%00IEND%aeB`%82%00%00%00%01tEXta%00%00%00%00",
     "(%89PNG)IEND/0@4[]+%aeB`%82tEXt/1@16[a]+%00%00%00%00!trailer."},
    {"any bytes before the first chunk", "header = 'length:u8'\nstart = 3", "abc%01x",
     "(abc)/1@3[x]."},
    {"the client's stream begins with bytes of its own", http2,
     "PRI%0a%00%00%01%00%05%00%00%00%01x", "(PRI%0a)DATA,flags=5,stream=1/1@4[x].", client},
    {"a stream that begins like a client's is one", http2, "PRI%0a%00%00%00%01%00%00%00%00%00",
     "(PRI%0a)HEADERS/0@4[]."},
    {"a stream that does not begin like a client's is a server's", http2,
     "%00%00%00%01%04%00%00%00%00", "HEADERS,flags=4/0@0[]."},
    {"a server's stream may begin with some of the same bytes", http2, "%50%52%00IJKLMN",
     "73,flags=74,stream=1263291726/5263872@0[!truncated at byte 0x0: 73 declares "
     "5263872 bytes, 0 are there"},
    {"the server's stream has nothing before it", http2, "%00%00%00%01%00%00%00%00%00",
     "HEADERS/0@0[].", server},
    {"a stream that does not begin like a server's is a client's",
     "header = 'length:u8'\nstart = { server = 'B' }", "%01A", "/1@0[A]."},
    {"both sides begin with the same bytes, one with more of them", two_starts, "A%01B",
     "(A)/1@1[B]."},
    {"both sides begin with the same bytes, and the other has more", two_starts, "ABAB%01B",
     "(ABAB)/1@4[B]."},
    {"several bytes of the longer start are read again", two_starts, "ABA%00",
     "(A)/66@1[A%00!truncated at byte 0x1: a chunk declares 66 bytes, 2 are there"},
    {"the shorter start alone", two_starts, "A", "(A)."},
    {"lengths that say that another one follows", mp4,
     "%00%00%00%09free!%00%00%00%01free%00%00%00%00%00%00%00%11?", "free/9@0[!]free/1@9[?]."},
    {"a length that means up to the end of the stream", mp4, "%00%00%00%00mdatabc",
     "mdat/0@0[abc]."},
    {"a length of zero that means nothing for other IDs", mp4, "%00%00%00%00freeabc",
     "!no header at byte 0x0: %00%00%00%00free"},
    {"hexadecimal digits of a field in capitals", "header = 'n:hex4 length:u8'", "00AB%02hi",
     ",n=171/2@0[hi]."},
    {"a varint in a field that is longer than needed", "header = 'n:varint length:u8'",
     "%bd%00%02hi%80%00%00", ",n=61/2@0[hi],n=0/0@5[]."},
    {"fields of a first chunk, and others", op_fields,
     "%00%00%00%08xyhiA%00%00%00%09wxyzZA%00%00%00%08%00%00%00%00",
     ",a=x,b=y/8@0[hi]A,big=wxyz/9@8[Z]A/8@18[]."},
    {"several lengths that say that another one follows", two_larger,
     "%01a%7e%00%02bc%7f%00%00%00%00%00%00%00%01d", "/1@0[a]/126@2[bc]/127@7[d]."},
    {"padding to even sizes", riff, "LIST%04%00%00%00INFOdata%01%00%00%00x%00data%01%00%00%00y%00",
     "LIST/4@0[INFO]data/1@12[x]+%00data/1@22[y]+%00."},
    {"padding that is not zero", riff, "data%01%00%00%00xydata%00%00%00%00",
     "data/1@0[x]+y!paddata/0@10[]."},
    {"padding that is missing at the end", riff, "data%01%00%00%00x", "data/1@0[x]!pad."},
    {"IDs of sixteen bytes, and chunks of a multiple of eight", w64,
     "0123456789abcdef%19%00%00%00%00%00%00%00x%00%00%00%00%00%00%00"
     "fedcba9876543210%18%00%00%00%00%00%00%00",
     "0123456789abcdef/25@0[x]+%00%00%00%00%00%00%00fedcba9876543210/24@32[]."},
    {"padding of several bytes of which some are missing", w64,
     "0123456789abcdef%19%00%00%00%00%00%00%00x%00%00", "0123456789abcdef/25@0[x]+%00%00!pad."},
    {"a trailer and padding behind it", "header = 'id:2 length:u8'\ntrailer = '%ff'\nalign = 4",
     "ab%02xy%ff%00%00cd%00%ff", "ab/2@0[xy]+%ff%00%00cd/0@8[]+%ff."},
    {"a length alone has neither trailer nor padding",
     "header = 'length:u8'\ntrailer = '%ff'\nalign = 8\nalone = [0]",
     "%00%01x%ff%00%00%00%00%00%00", "/0@0[]/1@1[x]+%ff%00%00%00%00%00/0@9[]."},
};

/// Containers that are walked through.
const sample containers[] = {
    {"levels of containers", riff,
     "RIFF%22%00%00%00WAVEabcd%01%00%00%00x%00LIST%0c%00%00%00INFOefgh%00%00%00%00data%02%00%00%"
     "00yz",
     "RIFF/34@0[WAVE{1 abcd/1@12[x]+%001 LIST/12@22[INFO{2 efgh/0@34[]}]}]data/2@42[yz]."},
    {"a container of its prefix only", riff, "RIFF%04%00%00%00WAVE", "RIFF/4@0[WAVE]."},
    {"a container that is shorter than its prefix", riff, "RIFF%02%00%00%00WA", "RIFF/2@0[WA]."},
    {"containers deeper than the protocol has them are plain", riff,
     "RIFF%28%00%00%00aaaaLIST%1c%00%00%00bbbbLIST%10%00%00%00ccccLIST%04%00%00%00dddd",
     "RIFF/40@0[aaaa{1 LIST/28@12[bbbb{2 LIST/16@24[cccc{3 LIST/4@36[dddd]}]}]}]."},
    {"bytes too few for a header are stray", riff,
     "RIFF%0f%00%00%00WAVEabcd%00%00%00%00xyz%00data%00%00%00%00",
     "RIFF/15@0[WAVE{1 abcd/0@12[]<xyz>}]+%00data/0@24[]."},
    {"a subchunk beyond its container is stray", riff,
     "RIFF%0e%00%00%00WAVEabcd%05%00%00%00xydata%00%00%00%00",
     "RIFF/14@0[WAVE{<abcd%05%00%00%00xy>}]data/0@22[]."},
    {"the last subchunk may lack its padding", riff,
     "RIFF%0d%00%00%00WAVEabcd%01%00%00%00x%00data%00%00%00%00",
     "RIFF/13@0[WAVE{1 abcd/1@12[x]!pad}]+%00data/0@22[]."},
    {"an open subchunk ends with its container", riff,
     "RIFF%0e%00%00%00WAVEdata%ff%ff%ff%ffxydata%00%00%00%00",
     "RIFF/14@0[WAVE{1 data/4294967295@12[xy]}]data/0@22[]."},
    {"containers of a framing that counts all", mp4,
     "%00%00%00%20moov%00%00%00%0ffree1234567%00%00%00%09trak?",
     "moov/32@0[{1 free/15@8[1234567]1 trak/9@23[{<?>}]}]."},
    {"the greatest number of 64 bits may be an open length",
     "header = 'id:4 length:u64be'\n[data]\nopen = [-1]\n", "data%ff%ff%ff%ff%ff%ff%ff%ffxy",
     "data/18446744073709551615@0[xy]."},
    {"the greatest number of 64 bits may be an ID",
     "header = 'id:u64be length:u8'\n[last]\nid = -1\n", "%ff%ff%ff%ff%ff%ff%ff%ff%01x",
     "last/1@0[x]."},
    {"subchunks with a header of their own", radius,
     "%01%09%00%0dzz%01%05bob%02%02%02%00%00%06%00%00",
     "Access,ident=9,auth=zz/13@0[{1 User/5@6[bob]1 2/2@11[]}]2/6@13[]."},
    {"a subchunk whose length is too small for its header is stray", radius,
     "%01%09%00%0dzz%01%01bob%02%02%02%00%00%06%00%00",
     "Access,ident=9,auth=zz/13@0[{<%01%01bob%02%02>}]2/6@13[]."},
};

/// Streams with a fault.
const sample faults[] = {
    {"a length of 0 that counts itself", postgres, "Q%00%00%00%00abc",
     "!no header at byte 0x0: Q%00%00%00%00"},
    {"a length that is too small for what it counts", postgres, "Q%00%00%00%03abc",
     "!no header at byte 0x0: Q%00%00%00%03"},
    {"a length too small for the header", mp4, "%00%00%00%07free",
     "!no header at byte 0x0: %00%00%00%07free"},
    {"a large length too small for the header", mp4, "%00%00%00%01free%00%00%00%00%00%00%00%0f",
     "!no header at byte 0x0: %00%00%00%01free%00%00%00%00%00%00%00%0f"},
    {"a length too small for its trailer", "header = 'length:u8'\ncounts = 'after'\ntrailer = 'ab'",
     "%01ab", "!no header at byte 0x0: %01"},
    {"a length too small for its padding", "header = 'length:u8 pad:u8'\ncounts = 'all'",
     "%04%03ab", "!no header at byte 0x0: %04%03"},
    {"the greatest length", "header = 'length:u64be'", "%ff%ff%ff%ff%ff%ff%ff%ffa",
     "/18446744073709551615@0[a!truncated at byte 0x0: a chunk declares 18446744073709551615 "
     "bytes, 1 "
     "are there"},
    {"the greatest length that counts all", "header = 'length:u64be id:1'\ncounts = 'all'",
     "%ff%ff%ff%ff%ff%ff%ff%ffab",
     "a/18446744073709551615@0[b!truncated at byte 0x0: a declares 18446744073709551606 bytes, 1 "
     "are "
     "there"},
    {"the greatest length with padding", "header = 'length:u64be'\nalign = 8\ntrailer = 'crc32'",
     "%ff%ff%ff%ff%ff%ff%ff%ffa",
     "/18446744073709551615@0[a!truncated at byte 0x0: a chunk declares 18446744073709551615 "
     "bytes, 1 "
     "are there"},
    {"the greatest length in a varint", "header = 'length:varint'",
     "%ff%ff%ff%ff%ff%ff%ff%ff%ff%01a",
     "/18446744073709551615@0[a!truncated at byte 0x0: a chunk declares 18446744073709551615 "
     "bytes, 1 "
     "are there"},
    {"a varint of eleven bytes", "header = 'length:varint'", "%80%80%80%80%80%80%80%80%80%80%01a",
     "!no header at byte 0x0: %80%80%80%80%80%80%80%80%80%80"},
    {"a varint above the greatest number", "header = 'length:varint'",
     "%ff%ff%ff%ff%ff%ff%ff%ff%ff%02a", "!no header at byte 0x0: %ff%ff%ff%ff%ff%ff%ff%ff%ff%02"},
    {"forty digits", "header = 'length:digits \":\"'", "1234567890123456789012345678901234567890:a",
     "!no header at byte 0x0: 123456789012345678901"},
    {"forty zeros", "header = 'length:digits \":\"'", "0000000000000000000000000000000000000001:a",
     "!no header at byte 0x0: 000000000000000000000"},
    {"digits above the greatest number", "header = 'length:digits \":\"'", "18446744073709551616:a",
     "!no header at byte 0x0: 18446744073709551616"},
    {"no digits", "header = 'length:digits \":\"'", ":a", "!no header at byte 0x0: :"},
    {"a minus", "header = 'length:digits \":\"'", "-1:a", "!no header at byte 0x0: -"},
    {"digits with something else behind them", "header = 'length:digits \":\"'", "12;a",
     "!no header at byte 0x0: 12;"},
    {"no hexadecimal digit", "header = 'length:hex4'", "00g0", "!no header at byte 0x0: 00g"},
    {"another literal", "header = 'id:u8 \"abc\" length:u8'", "%01abd%00",
     "!no header at byte 0x0: %01abd"},
    {"another start", png, "%89PNX",
     "!no start at byte 0x0: the stream begins with %89PNX, not with %89PNG"},
    {"a start that is cut off", png, "%89PN",
     "!truncated at byte 0x0: of the bytes before the first chunk, 3 are there"},
    {"a header that is cut off", postgres, "Q%00%00",
     "!truncated at byte 0x0: Q: a header has 5 bytes, 3 are there"},
    {"digits that are cut off", "header = 'length:digits \":\"'", "0:12",
     "/0@0[]!truncated at byte 0x2: a header has 3 bytes, 2 are there"},
    {"a payload that is cut off", postgres, "Q%00%00%00%06a",
     "Q/6@0[a!truncated at byte 0x0: Q declares 2 bytes, 1 are there"},
    {"a trailer that is cut off", "header = 'length:u8 id:1'\ntrailer = 'crc32'", "%01xa123",
     "x/1@0[a!truncated at byte 0x0: x: the bytes behind the payload are missing"},
    {"a payload above the limit", "header = 'length:u8'", "%01a%65",
     "/1@0[a]!too large at byte 0x2: a chunk declares 101 bytes, 100 are allowed"},
};

/// A framing by its parts, and its chunks written without the library.
struct parts {
  std::string type;
  std::string counts;
  unsigned align = 1;
  std::string trailer;  // "", "," or "crc32"
  bool pads = false;
  bool id_first = true;

  std::string toml() const {
    const auto length = "length:" + type + (type == "digits" ? " \":\"" : "");
    const auto header = id_first ? "id:u16be f:u8 " + length : length + " f:u8 id:u16be";
    return "header = '" + header + (pads ? " pad:u8'" : "'") + "\ncounts = '" + counts + "'" +
           (align > 1 ? "\nalign = " + std::to_string(align) : ""s) +
           (trailer.empty() ? ""s : "\ntrailer = '" + trailer + "'");
  }

  std::string number(std::uint64_t value) const {
    std::string out;
    if (type == "digits") return std::to_string(value) + ':';
    if (type == "hex4") {
      for (int shift = 12; shift >= 0; shift -= 4) out += "0123456789abcdef"[value >> shift & 15];
      return out;
    }
    if (type == "varint") {
      for (; value > 127; value >>= 7) out += support::char_of(static_cast<int>(value & 127) | 128);
      return out + support::char_of(static_cast<int>(value));
    }
    const int size = type == "u8" ? 1 : type == "u16le" ? 2 : type == "u24be" ? 3 : 8;
    for (int at = 0; at < size; ++at) {
      const auto shift = 8 * (type.ends_with("le") ? at : size - 1 - at);
      out += support::char_of(static_cast<int>(value >> shift & 255));
    }
    return out;
  }

  static std::string checksum(std::string_view of) {
    std::uint32_t rest = ~0U;
    for (const char each : of) {
      rest ^= static_cast<unsigned char>(each);
      for (int bit = 0; bit < 8; ++bit) rest = rest >> 1 ^ (rest & 1 ? 0xedb88320U : 0);
    }
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) {
      out += support::char_of(static_cast<int>(~rest >> shift & 255));
    }
    return out;
  }

  std::string chunk(int id, const std::string& payload, int field, int pad) const {
    const auto front = id_first ? "\0"s + support::char_of(id) + support::char_of(field) : ""s;
    const auto back = (id_first ? ""s : support::char_of(field) + "\0"s + support::char_of(id)) +
                      (pads ? std::string(1, support::char_of(pad)) : ""s);
    const std::size_t tail =
        (trailer == "crc32" ? 4 : trailer.size()) + (pads ? static_cast<std::size_t>(pad) : 0);
    std::string length;
    for (std::size_t size = 1; length.size() != size;) {
      size = length.empty() ? 1 : length.size();
      const auto digits = size - (type == "digits" && !length.empty() ? 1 : 0);
      // The colon behind digits is a literal of its own.
      const auto colon = type == "digits" ? 1U : 0U;
      const auto after = colon + back.size() + payload.size() + tail;
      length = number(counts == "payload"  ? payload.size()
                      : counts == "after"  ? after
                      : counts == "length" ? after + digits
                                           : after + digits + front.size());
    }
    auto out = front + length + back + payload;
    if (trailer == "crc32") {
      const auto covered = (type == "digits" ? ":"s : ""s) + back + payload;
      out += checksum(covered);
    } else {
      out += trailer;
    }
    if (pads) out += std::string(static_cast<std::size_t>(pad), '\0');
    while (out.size() % align != 0) out += '\0';
    return out;
  }
};

void check_cuts(const sample& each, bool walks, std::uint64_t most = chunk::no_limit) {
  CAPTURE(each.name);
  const auto rules = protocol_of(each.toml);
  const auto wire = wire_of(each.wire);
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    CAPTURE(cut);
    CHECK(framed_trace(rules, wire, cut, each.side, walks, most) == each.expected);
  }
  CHECK(framed_trace_bytewise(rules, wire, each.side, walks, most) == each.expected);
}

}  // namespace

TEST_CASE("a stream of any framing is divided into the same chunks wherever it is cut") {
  for (const auto& each : samples) check_cuts(each, false);
}

TEST_CASE("a walk through containers meets the same chunks wherever the stream is cut") {
  for (const auto& each : containers) check_cuts(each, true);
}

TEST_CASE("a fault is found at the same place wherever the stream is cut") {
  for (const auto& each : faults)
    check_cuts(each, false, each.wire.ends_with("%65") ? 100 : chunk::no_limit);
}

TEST_CASE("what has no length is limited as well") {
  constexpr auto open_riff =
      "header = 'id:4 length:u32le'\n[RIFF]\ncontains = ['*']\nopen = [0xffffffff]\n"
      "[data]\nopen = [0xffffffff]\n"sv;
  const auto data = "data%ff%ff%ff%ffabcd"s;
  const auto shown = "data/4294967295@0[abcd"s;
  for (const bool walks : {false, true}) {
    check_cuts({"no more than allowed", open_riff, data, shown + "]."}, walks, 4);
    check_cuts({"more than allowed", open_riff, data + "e",
                shown + "!too large at byte 0x0: data has no length and more bytes than the 4 that "
                        "are allowed"},
               walks, 4);
  }
  check_cuts(
      {"nothing allowed", open_riff, "data%ff%ff%ff%ffa",
       "data/4294967295@0[!too large at byte 0x0: data has no length and more bytes than the "
       "0 that are allowed"},
      false, 0);
  check_cuts(
      {"in a container without an end", open_riff,
       "RIFF%ff%ff%ff%ffabcd%04%00%00%001234data%05%00%00%0012345",
       "RIFF/4294967295@0[{1 abcd/4@8[1234]!too large at byte 0x14: data declares 5 bytes, 4 "
       "are allowed"},
      true, 4);
}

TEST_CASE("the first chunk of a client has fields of its own") {
  const auto rules = protocol_of(op_fields);
  const auto sent = [&](std::string_view text) {
    const auto draft = chunk::parse_chunk(text, rules);
    if (!draft) return draft.error().detail;
    return chunk::escaped(support::sent(std::string(text), rules));
  };
  CHECK(sent(",b=%ff:hi") == "%00%00%00%08%00%ffhi");
  CHECK(sent(",big=1234:xx") == "no field 'big'; there are a and b");
  CHECK(sent("A,b=x:") == "no field 'b'; there is big");
  CHECK(sent(",len=4294967296:") == "len= 4294967296 is above 4294967295");

  // Its header is not one with which another chunk can be written.
  const auto wire = support::copied("\0\0\0\7xyZ"s);
  const auto first = rules.framing.read_header(wire, true);
  REQUIRE(first.is == chunk::header_reading::state::whole);
  const auto other = chunk::value_or_throw(chunk::parse_id("A", rules.framing.ids()));
  CHECK(rules.framing.fields(first.head).size() == 2);
  CHECK(rules.framing.fields({other, 1, first.head.front}).empty());
  buffer out;
  append(out, chunk::chunk_view{other, bytes("!"), first.head.front}, rules.framing);
  CHECK(chunk::escaped(out) == "A%00%00%00%09%00%00%00%00!");
  out.clear();
  append(out, chunk::chunk_view{first.head.id, bytes("!!"), first.head.front}, rules.framing);
  CHECK(chunk::escaped(out) == "%00%00%00%08xy!!");
}

TEST_CASE("a large length is the first that has room, in the framing and in its text") {
  const auto rules = protocol_of(two_larger);
  for (const auto& [size, header] :
       std::vector<std::pair<std::size_t, std::string>>{{125, "}"},
                                                        {126, "~%00~"},
                                                        {127, "~%00%7f"},
                                                        {65535, "~%ff%ff"},
                                                        {65536, "%7f%00%00%00%00%00%01%00%00"}}) {
    CAPTURE(size);
    const buffer payload(size);
    buffer out;
    append(out, chunk::chunk_view{chunk::id_of_bytes({}, rules.framing.ids()), payload},
           rules.framing);
    CHECK(chunk::escaped(std::span(out).first(out.size() - size)) == header);
    CHECK(texts(rules, out, chunk::stream_side::unknown).starts_with(":"));
  }
  const auto all = protocol_of("header = 'length:u8'\ncounts = 'all'\nlarge = { 255 = 'u16le' }");
  const buffer payload(254);
  buffer out;
  append(out, chunk::chunk_view{chunk::id_of_bytes({}, all.framing.ids()), payload}, all.framing);
  CHECK(chunk::escaped(std::span(out).first(3)) == "%ff%01%01");
}

TEST_CASE("subchunks have the modifiers of what stands around a payload") {
  const auto rules = protocol_of(riff);
  const auto sent = [&](std::string_view text) {
    const auto draft = chunk::parse_chunk(text, rules);
    if (!draft) return draft.error().detail;
    return chunk::escaped(support::sent(std::string(text), rules));
  };
  CHECK(sent("RIFF:WAVE:abcd,len=3=x") == "RIFF%0e%00%00%00WAVEabcd%03%00%00%00x%00");
  CHECK(sent("RIFF:WAVE:abcd,pad=%01=x") == "RIFF%0e%00%00%00WAVEabcd%01%00%00%00x%01");
  for (const auto* modifier : {"fill=5", "cut=9"}) {
    CHECK(sent("RIFF:WAVE:abcd," + std::string(modifier) + "=x") ==
          "'" + std::string(modifier) + "': cut= and fill= are for whole chunks");
  }
}

TEST_CASE("a length with another meaning is refused in other words than one that is too great") {
  const auto refused = [](std::string_view toml, std::string_view text) {
    const auto rules = protocol_of(toml);
    const auto draft = chunk::value_or_throw(chunk::parse_chunk(text, rules));
    const auto made = encode(draft, nullptr);
    return made ? ""s : made.error().detail;
  };
  constexpr auto special = "header = 'id:1 length:u8'\n[A]\nopen = [0]\n"sv;
  CHECK(refused(special, "A") == "'A': a length of 0 means something else here; use len=");
  CHECK(refused(special, "A,len=0") == "");
  CHECK(refused(special, "B") == "");
  CHECK(refused(special, "B,fill=256:x") == "'B': contents longer than any length can declare");
  CHECK(refused("header = 'length:u8'\ncounts = 'all'\nalone = [3]\n", ":ab") ==
        "'': a length of 3 means something else here; use len=");
}

TEST_CASE("what is missing behind a payload is not said to be payload") {
  const auto rules = protocol_of("header = 'length:u8 id:1'\ntrailer = 'crc32'");
  const auto why = [&](std::string_view text) {
    const auto wire = wire_of(text);
    const auto wrong = for_each_chunk(rules.framing, wire, 0, [](const auto&) { return true; });
    return wrong ? wrong->why().detail : ""s;
  };
  CHECK(why("%01xa123") == "truncated at byte 0x0: x: the bytes behind the payload are missing");
  CHECK(why("%02xa") == "truncated at byte 0x0: x declares 2 bytes, 1 are there");
}

TEST_CASE("the size of a chunk does not overflow") {
  const auto rules = protocol_of("header = 'length:u64be'\ntrailer = 'crc32'");
  const auto front = rules.framing.read_header(wire_of("%ff%ff%ff%ff%ff%ff%ff%ff"));
  CHECK(front.head.length == chunk::no_limit);
  CHECK(rules.framing.chunk_size(front) == chunk::no_limit);
  chunk::fragment given;
  given.head.length = chunk::no_limit - 1;
  given.header_size = 8;
  CHECK(given.chunk_size() == chunk::no_limit);
}

TEST_CASE("every chunk is shown so that the same bytes come of it") {
  for (const auto& each : samples) {
    CAPTURE(each.name);
    const auto rules = protocol_of(each.toml);
    texts(rules, wire_of(each.wire), each.side);
  }
  for (const auto& each : containers) {
    CAPTURE(each.name);
    const auto rules = protocol_of(each.toml);
    texts(rules, wire_of(each.wire), each.side);
  }
}

TEST_CASE("the notation has fields, trailers and padding where they are not as usual") {
  const auto shown = [](std::string_view toml, std::string_view wire,
                        chunk::stream_side side = chunk::stream_side::unknown) {
    return texts(protocol_of(toml), wire_of(wire), side);
  };
  CHECK(shown("header = 'length:u8'", "%00%02:@%01@%01 ") == ":\n:%3a@\n:%40\n:%20\n");
  CHECK(shown("header = 'length:hex4'\ncounts = 'all'\nalone = [0]", "00000009hello") ==
        ",len=0\n:hello\n");
  CHECK(shown("header = 'length:hex4'\ncounts = 'all'", "0009hello000Aabcdef") ==
        ":hello\nraw-send:%30%30%30%41%61%62%63%64%65%66\n");
  CHECK(shown(http2, "%00%00%01%00%05%00%00%00%01x", server) == "DATA,flags=5,stream=1:x\n");
  CHECK(shown(png, "%89PNG%00%00%00%00IEND%aeB`%82%00%00%00%01tEXta%00%00%00%00") ==
        "IEND\ntEXt,trailer=%00%00%00%00:a\n");
  CHECK(shown(riff, "data%01%00%00%00xydata%01%00%00%00x") == "data,pad=%79:x\ndata,pad=:x\n");
  CHECK(shown("header = 'length:u8 pad:u8'", "%01%02x%00a%01%00y") == ",pad=%00%61:x\n:y\n");
  CHECK(shown(postgres, "%00%00%00%08%00%03%00%00%00%00%00%00%04", client) ==
        ":%00%03%00%00\n%00\n");
  CHECK(shown(postgres, "%00%00%00%04", client) == ":\n");
  CHECK(shown(mp4, "%00%00%00%01free%00%00%00%00%00%00%00%11?").starts_with("raw-send:"));
  CHECK(
      shown(riff, "RIFF%22%00%00%00WAVEabcd%01%00%00%00x%00LIST%0c%00%00%00INFOe{gh%00%00%00%00") ==
      "RIFF:WAVE:abcd=x:LIST={INFO:e%7bgh=}\n");
  CHECK(shown(radius, "%01%09%00%0dzz%01%05bob%02%02") == "Access,ident=9,auth=zz:User=bob:2=\n");
}

TEST_CASE("a chunk is encoded as it came, and anew with its fields for another payload") {
  const auto rules = protocol_of(http2);
  const auto wire = wire_of("%00%00%01%00%05%00%00%00%07x");
  const auto front = rules.framing.read_header(wire);
  REQUIRE(front.is == chunk::header_reading::state::whole);
  buffer out;
  append(out, chunk::chunk_view{front.head.id, bytes("y"), front.head.front}, rules.framing);
  append(out, chunk::chunk_view{front.head.id, bytes("abc"), front.head.front}, rules.framing);
  append(out, chunk::chunk_view{front.head.id, bytes("abc")}, rules.framing);
  CHECK(chunk::escaped(out) ==
        "%00%00%01%00%05%00%00%00%07y%00%00%03%00%05%00%00%00%07abc"
        "%00%00%03%00%00%00%00%00%00abc");
}

TEST_CASE("what an encoded chunk has behind its payload agrees with its header") {
  const auto again = [](std::string_view toml, std::string_view text) {
    const auto rules = protocol_of(toml);
    const auto wire = wire_of(text);
    const auto front = rules.framing.read_header(wire);
    const chunk::chunk_view view{
        front.head.id,
        std::span(wire).subspan(front.size, static_cast<std::size_t>(front.head.length)),
        front.head.front};
    buffer out;
    append(out, view, rules.framing);
    CHECK(encoded_size(view, rules.framing) == out.size());
    return chunk::escaped(out);
  };
  CHECK(again("header = 'length:u8 pad:u8'", "%01%02xab") == "%01%02x%00%00");
  CHECK(again("header = 'length:u8'\nalone = [0]\ntrailer = ','\nalign = 4", "%00") == "%00");
  CHECK(again("header = 'length:u8'\ntrailer = ','\nalign = 4", "%00,%00%00") == "%00,%00%00");
}

TEST_CASE("an ID is a number that the header has room for") {
  const auto rules = protocol_of("header = 'id:u8 length:u8'\n[CONNECT]\nid = 0x10");
  const auto error_of = [&](std::string_view text) {
    const auto draft = chunk::parse_chunk(text, rules);
    return draft ? "none"s : to_text(draft.error());
  };
  CHECK(error_of("255:x") == "none");
  CHECK(error_of("0xff:x") == "none");
  CHECK(error_of("256:x") == "the ID 256 is above 255");
  CHECK(error_of("CONNACK:x") == "'CONNACK' is neither the name of an ID nor a number");
  CHECK(to_text(chunk::parse_chunk("16:x", rules)->id) == "CONNECT");
}

TEST_CASE("random bytes are shown so that the same bytes come of them, in every framing") {
  std::mt19937 random(1);
  const auto check = [&](const sample& each) {
    CAPTURE(each.name);
    const auto rules = protocol_of(each.toml);
    const auto seed = wire_of(each.wire);
    for (int round = 0; round < 60; ++round) {
      // A sample of which some bytes are others, or nothing but random bytes.
      buffer wire = seed;
      if (round % 3 == 2) {
        wire.resize(random() % 64);
        for (auto& byte : wire)
          byte = static_cast<std::byte>(random() % 7 ? random() % 5 : random());
      } else if (!wire.empty()) {
        for (int change = 0; change <= round % 3; ++change) {
          wire[random() % wire.size()] = static_cast<std::byte>(random());
        }
      }
      CAPTURE(chunk::escaped(wire));
      texts(rules, wire, each.side);
      const auto whole = framed_trace(rules, wire, wire.size(), each.side);
      CHECK(framed_trace_bytewise(rules, wire, each.side) == whole);
      const auto walked = framed_trace(rules, wire, wire.size(), each.side, true);
      CHECK(framed_trace_bytewise(rules, wire, each.side, true) == walked);
    }
  };
  for (const auto& each : samples) check(each);
  for (const auto& each : containers) check(each);
  for (const auto& each : faults) check(each);
}

TEST_CASE(
    "every combination of what a framing says is read as it was written without the library") {
  std::mt19937 random(7);
  const auto check = [&](const parts& how) {
    const auto toml = how.toml();
    CAPTURE(toml);
    const auto rules = protocol_of(toml);
    std::string wire, expected;
    for (const std::size_t size : {0U, 1U, 5U, 90U, 127U, 128U}) {
      std::string payload;
      while (payload.size() < size) payload += support::char_of(static_cast<int>(random() % 256));
      const int id = static_cast<int>(random() % 256), field = size % 2 ? 0 : 7;
      const int pad = how.pads ? static_cast<int>(random() % 4) : 0;
      const auto chunk = how.chunk(id, payload, field, pad);
      expected += std::to_string(id) + (field ? ",f=7" : "") + '@' + std::to_string(wire.size()) +
                  '[' + payload + ']';
      wire += chunk;
    }
    const auto stream = support::copied(wire);
    std::string met;
    const auto wrong = for_each_chunk(rules.framing, stream, 0, [&](const auto& each) {
      const auto field = rules.framing.fields({each.id, 0, each.front}).front();
      met += to_text(each.id) + (field.by_default ? "" : ",f=" + field.text()) + '@' +
             std::to_string(each.offset) + '[' + support::chars(each.payload) + ']';
      return true;
    });
    CHECK((wrong ? to_text(wrong->why()) : ""s) == "");
    CHECK(met == expected);
    const auto whole = framed_trace(rules, stream, stream.size(), chunk::stream_side::unknown);
    CHECK(whole.ends_with('.'));
    CHECK(whole.find("!trailer") == whole.npos);
    CHECK(whole.find("!pad") == whole.npos);
    CHECK(framed_trace_bytewise(rules, stream, chunk::stream_side::unknown) == whole);
    CHECK(texts(rules, stream, chunk::stream_side::unknown).find("raw-send") == whole.npos);
  };
  for (const auto type : {"u8", "u16le", "u24be", "u64le", "varint", "hex4", "digits"}) {
    for (const auto counts : {"payload", "after", "length", "all"}) {
      for (const unsigned align : {1U, 2U, 8U}) {
        for (const auto trailer : {"", ",", "crc32"}) {
          for (const bool first : {false, true}) {
            check({type, counts, align, trailer, false, first});
            if (align == 1) check({type, counts, align, trailer, true, first});
          }
        }
      }
    }
  }
}
