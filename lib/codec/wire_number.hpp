// Whole numbers as they stand in headers. Internal to the library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#pragma GCC visibility push(hidden)
namespace chunk {

/// How a number is written.
enum class number_type : std::uint8_t {
  u8,
  u16le,
  u16be,
  u24le,
  u24be,
  u32le,
  u32be,
  u64le,
  u64be,
  varint,  ///< LEB128: seven bits in each byte, the least significant first, at most ten bytes
  hex4,    ///< four hexadecimal digits
  digits,  ///< decimal digits, at most twenty, up to something else
};

/// Gives the type of that name, which is the enumerator's.
std::optional<number_type> find_number_type(std::string_view name);

/// Bytes of each number of the type; 0 if they vary.
std::size_t number_size(number_type type);

/// Bytes of the longest number of the type.
std::size_t longest_number(number_type type);

/// The greatest number of the type.
std::uint64_t greatest_number(number_type type);

/// Says whether the least significant byte comes first.
bool is_little_endian(number_type type);

/// A number at the front of some bytes.
struct number_reading {
  enum class state : std::uint8_t { whole, partial, malformed };

  state is = state::partial;
  std::uint8_t size = 0;  ///< bytes of the number. Partial: as many as are needed at least.
                          ///< Malformed: those that show it
  std::uint64_t value = 0;
};

/// Reads the number that `bytes` begin with. Digits are whole only when something else follows.
number_reading read_number(number_type type, std::span<const std::byte> bytes) noexcept;

/// Bytes of the shortest form of `value`, which is at most greatest_number().
std::size_t number_size(number_type type, std::uint64_t value) noexcept;

/// Writes the shortest form into the front of `out`, and gives the number of bytes.
std::size_t write_number(number_type type, std::uint64_t value, std::span<std::byte> out) noexcept;

/// Reads the number of `size` bytes, at most 8, that `bytes` begin with, the least significant one
/// first or last.
std::uint64_t load_number(std::span<const std::byte> bytes, std::size_t size,
                          bool little_endian) noexcept;

/// Writes a number that fills `out`, at most 8 bytes, in either order.
void store_number(std::uint64_t value, std::span<std::byte> out, bool little_endian) noexcept;

}  // namespace chunk
#pragma GCC visibility pop
