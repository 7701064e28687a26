// Base64: bytes as plain text and back.
#pragma once

#include <chunk/error.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tools::format {

/// Writes the bytes of one text in pieces of any size.
///
/// Source: RFC 4648, section 4
class base64_writer {
 public:
  /// Appends to `out`, which outlives the writer.
  explicit base64_writer(std::string& out) : out_(out) {}

  void add(std::span<const std::byte> bytes);

  /// Ends the text, with padding if need be. The next byte begins another.
  void end();

 private:
  std::string& out_;
  std::array<std::byte, 3> held_{};  // the beginning of a group
  std::size_t count_ = 0;
};

/// Appends `bytes` as one text.
void append_base64(std::string& out, std::span<const std::byte> bytes);

/// Gives the bytes that a text stands for. Only what base64_writer writes is accepted: every group
/// is full, the padding is there, and the bits that it leaves over are 0.
///
/// Errors: errc::malformed
/// Source: RFC 4648, sections 3 and 4
chunk::result<std::vector<std::byte>> parse_base64(std::string_view text);

}  // namespace tools::format
