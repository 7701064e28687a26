// Bytes as hexadecimal digits and as text, by the row: the innermost loop of a hexdump.
#pragma once

#include <cstddef>

namespace tools::format {

/// Bytes between two gaps in a row.
inline constexpr std::size_t row_group = 8;

/// Columns that the digits of a row take, with a space behind each byte and a further one between
/// two groups.
constexpr std::size_t hex_columns(std::size_t bytes) {
  return bytes == 0 ? 0 : 3 * bytes + (bytes - 1) / row_group;
}

/// Writes `count` bytes as digits to `hex` and as printable characters to `text`.
///
/// Shape: `hex` has hex_columns(count) columns, of which the gaps are left as they are; `text` has
///        `count`
using row_kernel = void (*)(const std::byte* bytes, std::size_t count, char* hex, char* text);

/// Works with a table of 256 entries, on every machine.
void write_row_by_table(const std::byte* bytes, std::size_t count, char* hex, char* text);

/// Gives the fastest kernel for this processor.
row_kernel fastest_row_kernel();

}  // namespace tools::format
