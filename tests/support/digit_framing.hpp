// A framing whose headers differ in size, to show who takes a header for 8 bytes: the ID, the
// length in decimal digits with zeros in front or without, and a colon.
#pragma once

#include <chunk/framing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace support {
namespace digits {

inline constexpr std::size_t id_size = 4;
inline constexpr std::size_t largest = id_size + 10 + 1;  // as many digits as max_length has

inline chunk::header_reading read(std::span<const std::byte> bytes) noexcept {
  using state = chunk::header_reading::state;
  chunk::header_reading out;
  const auto known = std::min(bytes.size(), id_size);
  std::copy_n(bytes.begin(), known, out.head.id.bytes.begin());
  out.id_size = static_cast<std::uint8_t>(known);
  out.size = static_cast<std::uint16_t>(std::max(bytes.size() + 1, id_size + 2));
  std::uint64_t length = 0;
  for (std::size_t at = id_size; at < bytes.size(); ++at) {
    const auto value = std::to_integer<unsigned>(bytes[at]);
    const bool ends = value == ':' && at > id_size;
    const bool digit = value >= '0' && value <= '9';
    if (digit) length = length * 10 + value - '0';
    if (!ends && digit && length <= chunk::max_length && at + 1 < largest) continue;
    out.is = ends ? state::whole : state::malformed;
    out.size = static_cast<std::uint16_t>(at + 1);
    if (ends) out.head.length = static_cast<std::uint32_t>(length);
    break;
  }
  return out;
}

inline std::size_t size(const chunk::header& value) noexcept {
  return id_size + std::to_string(value.length).size() + 1;
}

inline void write(const chunk::header& value, std::span<std::byte> out) noexcept {
  std::ranges::copy(value.id.bytes, out.begin());
  const auto text = std::to_string(value.length) + ':';
  std::ranges::copy(std::as_bytes(std::span(text)), out.subspan(id_size).begin());
}

inline constexpr chunk::header_format format{largest, read, size, write};

}  // namespace digits

inline constexpr chunk::framing digit_framing{&digits::format};

}  // namespace support
