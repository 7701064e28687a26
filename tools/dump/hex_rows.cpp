#include "dump/hex_rows.hpp"

#include <algorithm>
#include <cstring>

namespace dump {
namespace {

constexpr char digits[] = "0123456789abcdef";

/// "00 " to "ff ", and what stands for each byte as text. Copied, they are an order of magnitude
/// faster than any formatting by the byte.
struct byte_texts {
  std::array<std::array<char, 3>, 256> hex{};
  std::array<char, 256> text{};

  constexpr byte_texts() {
    for (std::size_t value = 0; value < 256; ++value) {
      hex[value] = {digits[value >> 4], digits[value & 15], ' '};
      text[value] = value >= 0x20 && value <= 0x7e ? static_cast<char>(value) : '.';
    }
  }
};

constexpr byte_texts table;

/// The most digits an offset has; from its 64 bits.
constexpr std::size_t longest_offset = 16;

std::size_t write_offset(char* to, std::uint64_t offset) {
  std::size_t count = 8;
  while (count < longest_offset && offset >> (4 * count) != 0) ++count;
  for (std::size_t at = count; at-- > 0; offset >>= 4) to[at] = digits[offset & 15];
  return count;
}

}  // namespace

void append_offset(std::string& out, std::uint64_t offset) {
  char text[longest_offset];
  out.append(text, write_offset(text, offset));
}

void hex_rows::start(std::uint64_t offset, std::size_t indent) {
  offset_ = offset;
  indent_ = indent;
  count_ = 0;
}

void hex_rows::row(std::span<const std::byte> bytes) {
  // Offset, two spaces, indent, sixteen bytes of three with a gap, a space, and |text| with its
  // end.
  const std::size_t most = longest_offset + 2 + indent_ + 3 * width + 1 + 1 + width + 3;
  const auto held = out_.size();
  out_.resize(held + most, ' ');
  char* const start = out_.data() + held;
  char* to = start + write_offset(start, offset_) + 2 + indent_;
  char* const text = to + 3 * width + 2;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const auto value = std::to_integer<std::size_t>(bytes[at]);
    if (at == width / 2) ++to;
    std::memcpy(to, table.hex[value].data(), 3);
    to += 3;
    text[at + 1] = table.text[value];
  }
  text[0] = '|';
  text[bytes.size() + 1] = '|';
  text[bytes.size() + 2] = '\n';
  out_.resize(held + static_cast<std::size_t>(text + bytes.size() + 3 - start));
  offset_ += bytes.size();
}

void hex_rows::add(std::span<const std::byte> bytes) {
  if (count_ > 0) {
    const auto taken = std::min(width - count_, bytes.size());
    std::copy_n(bytes.begin(), taken, held_.begin() + static_cast<std::ptrdiff_t>(count_));
    count_ += taken;
    bytes = bytes.subspan(taken);
    if (count_ < width) return;
    row(held_);
    count_ = 0;
  }
  for (; bytes.size() >= width; bytes = bytes.subspan(width)) row(bytes.first(width));
  std::copy(bytes.begin(), bytes.end(), held_.begin());
  count_ = bytes.size();
}

void hex_rows::finish() {
  if (count_ > 0) row(std::span(held_).first(count_));
  count_ = 0;
}

}  // namespace dump
