// Whole numbers of a fixed size as bytes, in either order.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace chunk {

/// Gives the number that `bytes` stand for, the least significant one first.
template <std::unsigned_integral Number>
constexpr Number load_little_endian(std::span<const std::byte, sizeof(Number)> bytes) {
  // GCC makes one load of an expression, but not of a loop.
  return [&]<std::size_t... At>(std::index_sequence<At...>) {
    return static_cast<Number>(((std::to_integer<std::uint64_t>(bytes[At]) << 8 * At) | ...));
  }
  (std::make_index_sequence<sizeof(Number)>{});
}

/// Gives the number that `bytes` stand for, the most significant one first.
template <std::unsigned_integral Number>
constexpr Number load_big_endian(std::span<const std::byte, sizeof(Number)> bytes) {
  return [&]<std::size_t... At>(std::index_sequence<At...>) {
    constexpr auto last = sizeof(Number) - 1;
    return static_cast<Number>(
        ((std::to_integer<std::uint64_t>(bytes[At]) << 8 * (last - At)) | ...));
  }
  (std::make_index_sequence<sizeof(Number)>{});
}

/// Writes `value` into `out`, the least significant byte first.
template <std::unsigned_integral Number>
constexpr void store_little_endian(Number value, std::span<std::byte, sizeof(Number)> out) {
  for (std::size_t at = 0; at < out.size(); ++at) {
    out[at] = static_cast<std::byte>(value >> 8 * at & 0xff);
  }
}

}  // namespace chunk
