// Percent escapes: the toolkit's one way to show bytes as text and to read them back.
#pragma once

#include <chunk/error.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chunk {

/// The hexadecimal digits that are written.
inline constexpr std::string_view hex_digits = "0123456789abcdef";

/// The value of a hexadecimal digit, also a capital one. nullopt: it is none.
constexpr std::optional<unsigned> hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A') + 10;
  return std::nullopt;
}

/// Which bytes are shown as %nn: every byte outside 0x20-0x7E, and others by choice. What is to be
/// read back needs the percent sign among them.
class escape_set {
 public:
  /// `also` lists further bytes to escape.
  constexpr explicit escape_set(std::string_view also) {
    for (std::size_t value = 0; value < escaped_.size(); ++value) {
      escaped_[value] = value < 0x20 || value > 0x7e;
    }
    for (const char c : also) escaped_[static_cast<unsigned char>(c)] = true;
  }

  constexpr bool contains(std::byte value) const {
    return escaped_[std::to_integer<std::size_t>(value)];
  }

 private:
  std::array<bool, 256> escaped_{};
};

/// Bytes that stand among other words: log values, messages.
inline constexpr escape_set word_escapes{"% \"=\\"};

/// What the user typed, shown again in a message: readable first, though not reversible.
inline constexpr escape_set quote_escapes{""};

/// Appends `bytes` to `out`, those in `which` as a percent sign and two lower-case digits.
void append_escaped(std::string& out, std::span<const std::byte> bytes, const escape_set& which);

/// Appends one byte as a percent sign and two lower-case digits.
void append_escape(std::string& out, std::byte value);

/// Gives `bytes` as one word of plain ASCII.
std::string escaped(std::span<const std::byte> bytes, const escape_set& which = word_escapes);

/// Gives a text for a message, as plain ASCII with quote_escapes.
std::string quoted(std::string_view text);

/// Gives the bytes that `text` stands for.
///
/// Errors: errc::bad_notation when a percent sign is not followed by two hexadecimal digits
/// Source: chunk(5), NOTATION
result<std::vector<std::byte>> unescape(std::string_view text);

}  // namespace chunk
