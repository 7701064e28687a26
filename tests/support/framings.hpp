// Protocols whose framings differ in everything that a framing may have.
#pragma once

#include <chunk/protocol.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

inline constexpr std::pair<std::string_view, std::string_view> framing_texts[] = {
    {"lengths", R"(header = "length:u32be")"},
    {"varint", R"(header = "id:u8 length:varint"
[CONNECT]
id = 0x10
[PUBLISH]
id = 0x30
)"},
    {"netstring", R"(header = 'length:digits ":"'
trailer = ","
)"},
    {"lsp", R"(header = '"Content-Length: " length:digits "%0d%0a%0d%0a"')"},
    {"postgres", R"(header = "id:1 length:u32be"
counts = "length"
opening = "length:u32be"
[Q]
reply = ["T", "C"]
[C]
type = "text"
)"},
    {"http2", R"(header = "length:u24be id:u8 flags:u8 stream:u32be"
start = { client = "PRI * HTTP/2.0%0d%0a%0d%0aSM%0d%0a%0d%0a" }
[DATA]
id = 0
[HEADERS]
id = 1
[SETTINGS]
id = 4
)"},
    {"amqp", R"(header = "id:u8 channel:u16be length:u32be"
trailer = "%ce"
start = { client = "AMQP%00%00%09%01" }
[METHOD]
id = 1
)"},
    {"fastcgi", R"(header = "version:u8=1 id:u8 request:u16be length:u16be pad:u8 reserved:u8"
[BEGIN]
id = 1
[PARAMS]
id = 4
)"},
    {"git", R"(header = "length:hex4"
counts = "all"
alone = [0, 1, 2]
)"},
    {"zabbix", R"(header = '"ZBXD" flags:u8=1 length:u32le reserved:4')"},
    {"png", R"(header = "length:u32be id:4"
start = "%89PNG%0d%0a%1a%0a"
trailer = "crc32"
[IHDR]
[tEXt]
type = "text"
[IEND]
)"},
    {"riff", R"(header = "id:4 length:u32le"
align = 2
depth = 8
[RIFF]
contains = ["*"]
prefix = 4
open = [0xffffffff]
[LIST]
contains = ["*"]
prefix = 4
)"},
    {"mp4", R"(header = "length:u32be id:4"
counts = "all"
large = { 1 = "u64be" }
depth = 16
[moov]
contains = ["*"]
[trak]
contains = ["*"]
[mdat]
open = [0]
[meta]
contains = ["*"]
prefix = 4
open = [0]
)"},
    {"w64", R"(header = "id:16 length:u64le"
counts = "all"
align = 8
start = 3
)"},
    {"radius", R"(header = "id:u8 ident:u8 length:u16be auth:16"
counts = "all"
[Access-Request]
id = 1
contains = ["User-Name", "*"]
inner = "id:u8 length:u8"
inner-counts = "all"
[User-Name]
id = 1
type = "text"
)"},
    {"tree", R"(header = "id:1 flags:u8 length:u16be"
counts = "after"
trailer = "crc32"
align = 4
depth = 3
[a]
contains = ["*"]
[b]
contains = ["c", "*"]
prefix = 2
inner = "length:varint id:1"
inner-align = 2
open = [0xffff]
[c]
type = "text"
)"},
};

/// Makes all of them.
inline std::vector<chunk::protocol> framed_protocols() {
  std::vector<chunk::protocol> out;
  for (const auto& [name, text] : framing_texts) {
    out.push_back(value_or_throw(chunk::parse_protocol(text, std::string(name))));
  }
  return out;
}

inline chunk::protocol framed_protocol(std::string_view wanted) {
  for (const auto& [name, text] : framing_texts) {
    if (name == wanted) return value_or_throw(chunk::parse_protocol(text, std::string(name)));
  }
  return chunk::chunk_protocol();
}

}  // namespace support
