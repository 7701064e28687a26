#include "chunk/escape.hpp"

#include <algorithm>

namespace chunk {
namespace {

constexpr std::size_t escape_size = 3;  // from the notation: %nn

/// Chosen: the room for a block of escapes stays in the nearest cache.
constexpr std::size_t block_size = 4096;

void write_escape(char* to, std::byte value) {
  const auto number = std::to_integer<unsigned>(value);
  to[0] = '%';
  to[1] = hex_digits[number >> 4];
  to[2] = hex_digits[number & 15];
}

[[gnu::cold, gnu::noinline]] result<std::vector<std::byte>> bad_escape(std::string_view text) {
  return tl::unexpected(
      error{errc::bad_notation, "'" + quoted(text) + "': % needs two hexadecimal digits"});
}

}  // namespace

void append_escape(std::string& out, std::byte value) {
  char text[escape_size];
  write_escape(text, value);
  out.append(text, escape_size);
}

void append_escaped(std::string& out, std::span<const std::byte> bytes, const escape_set& which) {
  // Most texts are short and have nothing to escape.
  const auto plain =
      std::find_if(bytes.begin(), bytes.end(), [&](auto value) { return which.contains(value); });
  const auto count = static_cast<std::size_t>(plain - bytes.begin());
  out.append(reinterpret_cast<const char*>(bytes.data()), count);
  bytes = bytes.subspan(count);
  while (!bytes.empty()) {
    const auto block = bytes.first(std::min(bytes.size(), block_size));
    const auto held = out.size();
    out.resize(held + escape_size * block.size());
    char* to = out.data() + held;
    for (const auto value : block) {
      // Every byte is written both ways, and the longer one stays or is written over: there is no
      // branch to be mispredicted.
      const bool escape = which.contains(value);
      write_escape(to, value);
      to[0] = escape ? '%' : static_cast<char>(value);
      to += escape ? escape_size : 1;
    }
    out.resize(static_cast<std::size_t>(to - out.data()));
    bytes = bytes.subspan(block.size());
  }
}

std::string escaped(std::span<const std::byte> bytes, const escape_set& which) {
  std::string out;
  append_escaped(out, bytes, which);
  return out;
}

std::string quoted(std::string_view text) {
  return escaped(std::as_bytes(std::span(text)), quote_escapes);
}

result<std::vector<std::byte>> unescape(std::string_view text) {
  std::vector<std::byte> out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out.push_back(static_cast<std::byte>(text[at]));
      continue;
    }
    const auto high = at + 1 < text.size() ? hex_value(text[at + 1]) : std::nullopt;
    const auto low = at + 2 < text.size() ? hex_value(text[at + 2]) : std::nullopt;
    if (!high || !low) return bad_escape(text.substr(at, 3));
    out.push_back(static_cast<std::byte>(*high << 4 | *low));
    at += 2;
  }
  return out;
}

}  // namespace chunk
