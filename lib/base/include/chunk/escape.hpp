// Percent escapes: the toolkit's one way to show bytes as text and to read them back.
#pragma once

#include <chunk/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
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
  /// `also` lists further bytes to escape, 32 of them at most.
  constexpr explicit escape_set(std::string_view also) {
    for (unsigned value = 0; value < 256; ++value) {
      if (value < 0x20 || value > 0x7e) add(value);
    }
    for (const char c : also) {
      if (contains(static_cast<std::byte>(c))) continue;
      add(static_cast<unsigned char>(c));
      others_.at(count_++) = c;
    }
  }

  constexpr bool contains(std::byte value) const {
    const auto number = std::to_integer<unsigned>(value);
    return (words_[number / 64] >> number % 64 & 1) != 0;
  }

 private:
  friend class text_writer;
  friend void append_escaped(std::string& out, std::span<const std::byte> bytes,
                             const escape_set& which);

  /// The longest text of a byte: %nn.
  static constexpr std::size_t longest = 3;

  [[gnu::visibility("hidden")]] char* write(char* to, std::span<const std::byte> bytes) const;
  template <std::size_t Size>
  std::uint32_t find(const std::byte* bytes) const;

  constexpr void add(unsigned value) { words_[value / 64] |= std::uint64_t{1} << value % 64; }

  std::array<std::uint64_t, 4> words_{};  // a bit for each byte to escape
  std::array<char, 32> others_{};         // those inside 0x20-0x7E
  std::uint8_t count_ = 0;                // of them
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
