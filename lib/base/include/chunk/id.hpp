// The 4-byte ID of a chunk: from text, as text.
#pragma once

#include <chunk/error.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace chunk {

/// Four bytes, any values, compared as they are.
struct id {
  std::array<std::byte, 4> bytes{};

  auto operator<=>(const id&) const = default;
};

namespace literals {

/// "NOOP"_id; anything but four characters does not compile.
consteval id operator""_id(const char* text, std::size_t length) {
  if (length != 4) throw "an ID has four bytes";
  id value;
  for (std::size_t at = 0; at < 4; ++at) value.bytes[at] = static_cast<std::byte>(text[at]);
  return value;
}

}  // namespace literals

/// Reads an ID in which %nn stands for any byte.
///
/// Errors: errc::bad_id, also for a bad escape
/// Source: chunk(5), NOTATION
result<id> parse_id(std::string_view text);

/// Shows an ID as the notation writes it, plain ASCII without spaces.
std::string to_text(const id& value);

/// Appends to_text(value).
void append_text(std::string& out, const id& value);

/// Says whether all four bytes are printable ASCII, the space among them.
constexpr bool is_printable(const id& value) {
  for (const std::byte b : value.bytes) {
    if (b < std::byte{0x20} || b > std::byte{0x7e}) return false;
  }
  return true;
}

}  // namespace chunk
