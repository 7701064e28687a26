// The difference between expected and received bytes, and how to show it.
#pragma once

#include "format/palette.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tools::script {

/// Reads bytes from an offset on; fewer than asked only at the end.
using byte_source = std::function<std::size_t(std::uint64_t from, std::span<std::byte> out)>;

/// Bytes of a row, as in every hexdump.
inline constexpr std::size_t row_size = 16;

/// A row of a dump of expected and of received bytes. It borrows them.
struct byte_row {
  std::uint64_t place = 0;  ///< of its first byte
  std::span<const std::byte> expected;
  std::span<const std::byte> received;

  /// Says whether a byte differs, or only one of the two has it.
  bool differs(std::size_t index) const;
  bool differs() const;

  /// Where its last byte ends.
  std::size_t size() const;
};

/// Two digits and a character for a byte: "0a", ".".
std::string digits_of(std::byte value);
char character_of(std::byte value);

/// The bytes around the first difference between expected and received bytes.
struct difference {
  std::uint64_t at = 0;             ///< that byte, counted from the beginning of both
  std::uint64_t expected_size = 0;  ///< of all the bytes
  std::uint64_t received_size = 0;
  std::uint64_t start = 0;  ///< where the excerpts begin: a multiple of 16
  std::vector<std::byte> expected;
  std::vector<std::byte> received;
  std::uint64_t offset = 0;  ///< in the stream, of the received bytes' beginning

  /// "byte 4 is 6f, not 4f", "11 bytes, not 9"
  std::string in_words() const;

  /// The rows of the excerpts.
  std::vector<byte_row> byte_rows() const;

  /// The same as text, received below expected, with marks below the bytes that differ.
  std::vector<std::string> rows(const format::palette& colours = format::no_colours) const;
};

/// Compares bytes. Returns: whether they differ
///
/// `expected` has `size` bytes.
bool find_difference(std::uint64_t size, const byte_source& expected,
                     std::span<const std::byte> received, difference& out);

}  // namespace tools::script
