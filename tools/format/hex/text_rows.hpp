// Text that is longer than a line, in rows.
#pragma once

#include "format/palette.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tools::format {

struct text_row_options {
  std::string_view label;    ///< in front of every row
  std::size_t indent = 0;    ///< as that of hex_rows, whose bytes the text begins below
  std::size_t columns = 80;  ///< of a row, without its label
  bool squeeze = true;       ///< show rows that repeat the one before as a single *
  bool utf8 = false;         ///< show printable UTF-8 as it is, see legible_text
  const palette* colours = &no_colours;
};

/// Appends a text in quotes, in a row for each of its lines, or in as many as a line needs.
/// `offset` is that of its first byte.
void append_text_rows(std::string& out, std::span<const std::byte> text, std::uint64_t offset,
                      const text_row_options& how);

}  // namespace tools::format
