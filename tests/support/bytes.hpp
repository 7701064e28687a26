// Bytes from text and back, for samples that are written as string literals.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// Bytes of a header in the chunk framing, as chunk(5) has it; written here without the library.
inline constexpr std::size_t header_size = 8;

/// Borrows the bytes of `text`.
inline std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// Copies the bytes of `text` to memory of exactly their number, so that a sanitizer detects every
/// access beyond the end.
inline std::vector<std::byte> copied(std::string_view text) {
  const auto from = bytes(text);
  return {from.begin(), from.end()};
}

/// Gives the characters with the values of `from`.
inline std::string chars(std::span<const std::byte> from) {
  std::string out;
  out.reserve(from.size());
  for (const std::byte value : from) out += static_cast<char>(value);
  return out;
}

/// Shows bytes as "4e 4f".
inline std::string hex(std::span<const std::byte> from) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const std::byte value : from) {
    const auto number = std::to_integer<std::size_t>(value);
    if (!out.empty()) out += ' ';
    out += digits[number >> 4];
    out += digits[number & 15];
  }
  return out;
}

/// Gives the character with the value `number`, 0 to 255.
inline char char_of(int number) {
  return static_cast<char>(static_cast<unsigned char>(number));
}

}  // namespace support
