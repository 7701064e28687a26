// The ID of a chunk: from text, as text.
#pragma once

#include <chunk/error.hpp>
#include <chunk/escape.hpp>

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chunk {

/// The longest ID of any framing in bytes.
inline constexpr std::size_t max_id_size = 16;

/// What the IDs of a framing are, and how they are written in texts.
struct id_form {
  bool is_number = false;  ///< whole numbers, written by name or in digits
  std::uint8_t size = 4;   ///< bytes; 8 for numbers; 0 in a framing without IDs

  /// Numbers with names, ordered by number.
  std::vector<std::pair<std::uint64_t, std::string>> names{};

  std::uint64_t greatest = ~std::uint64_t{0};  ///< number that a header has room for
};

/// Up to sixteen bytes, compared as they are. The default is an ID of the chunk framing.
struct id {
  /// From the first one on, then zeros. Of a number, the most significant byte comes first.
  std::array<std::byte, max_id_size> bytes{};

  /// Outlives the ID. nullptr: four bytes, as in the chunk framing.
  const id_form* form = nullptr;

  constexpr std::size_t size() const { return form ? form->size : 4; }
  constexpr std::span<const std::byte> value() const { return std::span(bytes).first(size()); }

  /// The number that it is, unless it consists of bytes.
  constexpr std::uint64_t number() const {
    std::uint64_t out = 0;
    for (std::size_t at = 0; at < 8; ++at)
      out = out << 8 | std::to_integer<std::uint64_t>(bytes[at]);
    return out;
  }

  /// Two words are compared, not sixteen bytes: this is asked several times for every chunk.
  constexpr bool operator==(const id& other) const {
    using words = std::array<std::uint64_t, max_id_size / sizeof(std::uint64_t)>;
    return std::bit_cast<words>(bytes) == std::bit_cast<words>(other.bytes);
  }
  constexpr auto operator<=>(const id& other) const { return bytes <=> other.bytes; }
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

/// Makes an ID of bytes, as many as `form` has.
id id_of_bytes(std::span<const std::byte> bytes, const id_form* form = nullptr);

/// Makes an ID that is a number.
id id_of_number(std::uint64_t number, const id_form& form);

/// Reads an ID in which %nn stands for any byte. A number is written by its name, or in decimal
/// digits, or in hexadecimal ones after 0x.
///
/// Errors: errc::bad_id, also for a bad escape
/// Source: chunk(5), NOTATION
result<id> parse_id(std::string_view text, const id_form* form = nullptr);

/// What is escaped in an ID of the chunk framing: what would end it in the notation, start a
/// comment or a block, or name a connection in a script.
inline constexpr escape_set id_escapes{"% :=,@#>"};

/// Shows an ID as the notation writes it, plain ASCII without spaces.
std::string to_text(const id& value);

/// Appends to_text(value).
void append_text(std::string& out, const id& value);

/// Says whether an ID consists of bytes of printable ASCII, the space among them.
constexpr bool is_printable(const id& value) {
  if (value.size() == 0 || (value.form && value.form->is_number)) return false;
  for (const std::byte b : value.value()) {
    if (b < std::byte{0x20} || b > std::byte{0x7e}) return false;
  }
  return true;
}

}  // namespace chunk
