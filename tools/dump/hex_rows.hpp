// Rows of a hexdump: offset, sixteen bytes in hexadecimal, and as text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace dump {

/// Formats bytes that come in pieces, without a formatting function for any of them.
class hex_rows {
 public:
  /// Appends to `out`, which outlives the rows.
  explicit hex_rows(std::string& out) : out_(out) {}

  /// Starts a run of bytes: `offset` is that of its first byte, `indent` the spaces before the
  /// bytes.
  void start(std::uint64_t offset, std::size_t indent);

  void add(std::span<const std::byte> bytes);

  /// Ends the run, with a short row if need be.
  void finish();

 private:
  static constexpr std::size_t width = 16;

  void row(std::span<const std::byte> bytes);

  std::string& out_;
  std::uint64_t offset_ = 0;
  std::size_t indent_ = 0;
  std::array<std::byte, width> held_{};  // the beginning of a row
  std::size_t count_ = 0;
};

/// Appends an offset as at least eight hexadecimal digits.
void append_offset(std::string& out, std::uint64_t offset);

}  // namespace dump
