// Text that is longer than a line, in rows.
#pragma once

#include "format/legible.hpp"
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

/// Writes texts in quotes, in a row for each of their lines, or in as many as a line needs.
class text_rows {
 public:
  /// Appends to `out`, which has to outlive it.
  explicit text_rows(std::string& out) : out_(out) {}

  /// Adds a text. `offset` is that of its first byte.
  void add(std::span<const std::byte> text, std::uint64_t offset, const text_row_options& how);

 private:
  void append(const legible_text::piece& piece);
  void end_row(const text_row_options& how);
  void write_row(const text_row_options& how);

  std::string& out_;
  std::uint64_t offset_ = 0;  // of the row
  std::string notation_;      // of the text
  std::string row_;
  std::size_t columns_ = 0;
  std::size_t bytes_ = 0;
  std::string before_;     // the row before
  bool squeezed_ = false;  // a * stands for it
};

}  // namespace tools::format
