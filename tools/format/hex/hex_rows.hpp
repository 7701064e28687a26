// Rows of a hexdump: offset, bytes in hexadecimal, and as text.
#pragma once

#include "format/hex/row_kernel.hpp"
#include "format/palette.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tools::format {

struct row_options {
  std::size_t bytes = 16;  ///< in a row
  bool squeeze = true;     ///< show rows that repeat the one before as a single *
  const palette* colours = &no_colours;
};

/// Formats bytes that come in pieces, without a formatting function for any of them.
class hex_rows {
 public:
  /// Appends to `out`, which outlives the rows.
  hex_rows(std::string& out, row_options how);

  /// Starts a run of bytes: `offset` is that of its first byte, `indent` the spaces between offset
  /// and bytes, `label` stands in front of every row.
  void start(std::uint64_t offset, std::size_t indent, std::string_view label = {});

  void add(std::span<const std::byte> bytes);

  /// Ends the run, with a short row if need be.
  void finish();

  /// The columns of a row of `bytes` bytes without its label.
  static std::size_t columns(std::size_t bytes, std::size_t indent);

 private:
  bool repeats(const std::byte* now, const std::byte* before) const;
  std::size_t count_new_rows(std::span<const std::byte> bytes, const std::byte* before) const;
  void new_rows(const std::byte* from, std::size_t count);
  void whole_rows(std::span<const std::byte> bytes, const std::byte* before);
  void row(std::span<const std::byte> bytes);
  void plain_row(std::span<const std::byte> bytes);
  void coloured_row(std::span<const std::byte> bytes);
  void make_blank_row();

  std::string& out_;
  row_options how_;
  row_kernel write_;
  std::string label_;
  std::size_t indent_ = 0;
  std::uint64_t offset_ = 0;
  std::string blank_;              // a row before offset, digits and text are put in
  std::string blanks_;             // many of them; empty: none were needed
  std::size_t digits_ = 0;         // of the offset, in the blank row
  std::vector<std::byte> held_;    // the beginning of a row
  std::vector<std::byte> before_;  // the row before, if there is one
  bool squeezed_ = false;          // a * stands for it
};

}  // namespace tools::format
