// Any text is either a header or refused with a place in it, and any stream is divided by it. The
// input is the header, a NUL, other keys of the protocol file, a NUL, and the stream.
#include "framed.hpp"

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// Any text as a string of TOML; bytes above 127 stand for the characters with their numbers.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char each : text) {
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x",
                  static_cast<unsigned>(static_cast<unsigned char>(each)));
    out += escape;
  }
  return out + '"';
}

std::string_view take_text(std::string_view& from) {
  const auto stop = std::min(from.find('\0'), from.size());
  const auto out = from.substr(0, stop);
  from.remove_prefix(std::min(stop + 1, from.size()));
  return out;
}

/// A chunk that is written reads as the same one.
void check_header(const chunk::protocol& rules, std::span<const std::byte> payload) {
  const auto how = rules.framing;
  auto id = chunk::id_of_bytes(payload, how.ids());
  if (how.ids()->is_number)
    id = chunk::id_of_number(payload.size() % how.ids()->greatest, *how.ids());
  if (how.ids()->is_number && how.ids()->greatest == 0) return;
  const chunk::chunk_view value{id, payload};
  if (!how.can_declare({id, payload.size()})) return;
  std::vector<std::byte> wire;
  append(wire, value, how);
  fuzz::check(wire.size() == encoded_size(value, how), "the size is that of the bytes");
  auto rest = std::span<const std::byte>(wire);
  std::uint64_t offset = 0;
  chunk::placed_chunk read;
  fuzz::check(take_chunk(how, rest, offset, read), "what is written is a chunk");
  fuzz::check(rest.empty() && read.id == id, "with the same ID");
  fuzz::check(std::ranges::equal(read.payload, payload), "with the same payload");
  fuzz::check(read.header_size <= how.largest_header(), "no header is larger than the largest");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto header = take_text(input), keys = take_text(input);
  const auto toml = "header = " + quoted(header) + '\n' + std::string(keys);
  const auto rules = chunk::parse_protocol(toml, "f.toml");
  if (!rules) {
    const auto& detail = rules.error().detail;
    fuzz::check(rules.error().code == chunk::errc::bad_protocol, "the error is bad_protocol");
    fuzz::check(detail.starts_with("f.toml:"), "the reason begins with the place");
    fuzz::check(std::ranges::all_of(detail, [](char c) { return c >= ' ' && c <= '~'; }),
                "the reason is plain ASCII");
    return 0;
  }
  const auto stream = support::bytes(input);
  check_header(*rules, stream);
  if (stream.size() > 512) return 0;  // chosen: single bytes of more take too long
  const auto side = fuzz::side_of(static_cast<unsigned>(size));
  for (const auto most : {chunk::no_limit, std::uint64_t{4}}) {
    fuzz::check_stream(*rules, stream, side, most);
  }
  return 0;
}
