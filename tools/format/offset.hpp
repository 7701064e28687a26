// Offsets in a stream, in hexadecimal digits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tools::format {

/// The fewest digits of an offset. Beyond 4 GiB it has more.
inline constexpr std::size_t least_offset_digits = 8;

constexpr std::size_t count_digits(std::uint64_t offset) {
  std::size_t count = least_offset_digits;
  while (count < 16 && offset >> (4 * count) != 0) ++count;
  return count;
}

/// "00" to "ff".
inline constexpr auto digit_pairs = [] {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> out{};
  for (std::size_t value = 0; value < 256; ++value) {
    out[value] = {digits[value >> 4], digits[value & 15]};
  }
  return out;
}();

/// Writes the last `count` digits, at least eight, to `to`, and gives the place behind them.
inline char* write_offset(char* to, std::uint64_t offset, std::size_t count) {
  char* const end = to + count;
  for (; count > least_offset_digits; --count) {
    *to++ = digit_pairs[offset >> (4 * (count - 1)) & 15][1];
  }
  for (std::size_t shift = 32; shift > 0; to += 2) {
    shift -= 8;
    std::memcpy(to, digit_pairs[offset >> shift & 0xff].data(), 2);
  }
  return end;
}

inline void append_offset(std::string& out, std::uint64_t offset) {
  const auto held = out.size();
  out.resize(held + count_digits(offset));
  write_offset(out.data() + held, offset, out.size() - held);
}

}  // namespace tools::format
