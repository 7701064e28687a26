#include "crc32.hpp"

#include "byte_order.hpp"

#include <array>

namespace chunk {
namespace {

/// Eight bytes are taken in one step, each by a table of its own.
constexpr std::size_t crc_step = 8;

using crc_table = std::array<std::uint32_t, 256>;

constexpr auto crc_tables = [] {
  std::array<crc_table, crc_step> out{};
  for (std::uint32_t value = 0; value < 256; ++value) {
    auto rest = value;
    for (int bit = 0; bit < 8; ++bit) rest = rest >> 1 ^ (rest & 1 ? 0xedb88320U : 0);
    out[0][value] = rest;
  }
  for (std::size_t value = 0; value < 256; ++value) {
    for (std::size_t table = 1; table < crc_step; ++table) {
      const auto before = out[table - 1][value];
      out[table][value] = before >> 8 ^ out[0][before & 0xff];
    }
  }
  return out;
}();

}  // namespace

std::uint32_t crc32(std::uint32_t before, std::span<const std::byte> bytes) noexcept {
  auto rest = ~before;
  for (; bytes.size() >= crc_step; bytes = bytes.subspan(crc_step)) {
    const auto low = rest ^ load_little_endian<std::uint32_t>(bytes.subspan<0, 4>());
    const auto high = load_little_endian<std::uint32_t>(bytes.subspan<4, 4>());
    rest = 0;
    for (std::size_t at = 0; at < 4; ++at) {
      rest ^= crc_tables[7 - at][low >> 8 * at & 0xff] ^ crc_tables[3 - at][high >> 8 * at & 0xff];
    }
  }
  for (const auto each : bytes) {
    rest = rest >> 8 ^ crc_tables[0][(rest ^ std::to_integer<std::uint32_t>(each)) & 0xff];
  }
  return ~rest;
}

}  // namespace chunk
