#include "wire_number.hpp"

#include "byte_order.hpp"

#include <chunk/escape.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace chunk {
namespace {

using state = number_reading::state;

/// In the order of the enumerators.
struct number_description {
  std::string_view name;
  std::uint8_t size = 0;  // of a binary number or of hex4
  std::uint8_t longest = 0;
  bool little_endian = false;
};

constexpr std::array<number_description, 12> number_descriptions{{
    {"u8", 1, 1, false},
    {"u16le", 2, 2, true},
    {"u16be", 2, 2, false},
    {"u24le", 3, 3, true},
    {"u24be", 3, 3, false},
    {"u32le", 4, 4, true},
    {"u32be", 4, 4, false},
    {"u64le", 8, 8, true},
    {"u64be", 8, 8, false},
    {"varint", 0, 10, true},
    {"hex4", 4, 4, false},
    {"digits", 0, 20, false},
}};

const number_description& describe_number(number_type type) {
  return number_descriptions[static_cast<std::size_t>(type)];
}

number_reading read_varint(std::span<const std::byte> bytes) noexcept {
  const auto longest = longest_number(number_type::varint);
  number_reading out;
  for (std::size_t at = 0; at < std::min(bytes.size(), longest); ++at) {
    const auto value = std::to_integer<std::uint64_t>(bytes[at]);
    out.size = static_cast<std::uint8_t>(at + 1);
    // The tenth byte has room for one bit.
    if (at + 1 == longest && value > 1) {
      out.is = state::malformed;
      return out;
    }
    out.value |= (value & 0x7f) << 7 * at;
    if (value >= 0x80) continue;
    out.is = state::whole;
    return out;
  }
  out.size = static_cast<std::uint8_t>(bytes.size() + 1);
  return out;
}

number_reading read_hex(std::span<const std::byte> bytes) noexcept {
  const auto digits = longest_number(number_type::hex4);
  number_reading out;
  for (std::size_t at = 0; at < std::min(bytes.size(), digits); ++at) {
    const auto digit = hex_value(static_cast<char>(bytes[at]));
    out.size = static_cast<std::uint8_t>(at + 1);
    if (!digit) {
      out.is = state::malformed;
      return out;
    }
    out.value = out.value << 4 | *digit;
  }
  out.size = static_cast<std::uint8_t>(digits);
  if (bytes.size() >= digits) out.is = state::whole;
  return out;
}

number_reading read_digits(std::span<const std::byte> bytes) noexcept {
  const auto longest = longest_number(number_type::digits);
  number_reading out;
  const auto refuse = [&](std::size_t size) {
    out.is = state::malformed;
    out.size = static_cast<std::uint8_t>(size);
    return out;
  };
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const auto digit = std::to_integer<std::uint64_t>(bytes[at]) - '0';
    if (digit > 9) {
      if (at == 0) return refuse(1);
      out.is = state::whole;
      out.size = static_cast<std::uint8_t>(at);
      return out;
    }
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    const bool fits = out.value < most / 10 || (out.value == most / 10 && digit <= most % 10);
    if (at == longest || !fits) return refuse(at + 1);
    out.value = out.value * 10 + digit;
  }
  // What ends them may come next.
  out.size = static_cast<std::uint8_t>(std::max<std::size_t>(bytes.size(), 1));
  return out;
}

}  // namespace

std::optional<number_type> find_number_type(std::string_view name) {
  const auto found = std::ranges::find(number_descriptions, name, &number_description::name);
  if (found == number_descriptions.end()) return std::nullopt;
  return static_cast<number_type>(found - number_descriptions.begin());
}

std::size_t number_size(number_type type) {
  return describe_number(type).size;
}

std::size_t longest_number(number_type type) {
  return describe_number(type).longest;
}

bool is_little_endian(number_type type) {
  return describe_number(type).little_endian;
}

std::uint64_t greatest_number(number_type type) {
  const auto size = describe_number(type).size;
  if (type == number_type::hex4) return 0xffff;
  return size == 0 || size == 8 ? std::numeric_limits<std::uint64_t>::max()
                                : (std::uint64_t{1} << 8 * size) - 1;
}

std::uint64_t load_number(std::span<const std::byte> bytes, std::size_t size,
                          bool little_endian) noexcept {
  constexpr auto word = sizeof(std::uint64_t);
  if (bytes.size() >= word) {
    // Bytes follow most numbers. They are loaded with it, and shifted out.
    const auto others = 8 * (word - size);
    const auto loaded = bytes.first<word>();
    if (little_endian) return load_little_endian<std::uint64_t>(loaded) << others >> others;
    return load_big_endian<std::uint64_t>(loaded) >> others;
  }
  std::uint64_t out = 0;
  for (std::size_t at = 0; at < size; ++at) {
    out = out << 8 | std::to_integer<std::uint64_t>(bytes[little_endian ? size - 1 - at : at]);
  }
  return out;
}

void store_number(std::uint64_t value, std::span<std::byte> out, bool little_endian) noexcept {
  const auto size = out.size();
  for (std::size_t at = 0; at < size; ++at) {
    out[little_endian ? at : size - 1 - at] = static_cast<std::byte>(value & 0xff);
    value >>= 8;
  }
}

number_reading read_number(number_type type, std::span<const std::byte> bytes) noexcept {
  if (type == number_type::varint) return read_varint(bytes);
  if (type == number_type::hex4) return read_hex(bytes);
  if (type == number_type::digits) return read_digits(bytes);
  const auto& known = describe_number(type);
  if (bytes.size() < known.size) return {state::partial, known.size, 0};
  return {state::whole, known.size, load_number(bytes, known.size, known.little_endian)};
}

std::size_t number_size(number_type type, std::uint64_t value) noexcept {
  const auto fixed = describe_number(type).size;
  if (fixed != 0) return fixed;
  const std::uint64_t base = type == number_type::varint ? 128 : 10;
  std::size_t out = 1;
  for (; value >= base; value /= base) ++out;
  return out;
}

std::size_t write_number(number_type type, std::uint64_t value, std::span<std::byte> out) noexcept {
  const auto& known = describe_number(type);
  const auto size = number_size(type, value);
  const bool is_binary = known.size != 0 && type != number_type::hex4;
  if (is_binary) {
    store_number(value, out.first(size), known.little_endian);
    return size;
  }
  for (std::size_t at = 0; at < size; ++at) {
    const auto back = size - 1 - at;
    if (type == number_type::varint) {
      out[at] = static_cast<std::byte>((value & 0x7f) | (back > 0 ? 0x80 : 0));
      value >>= 7;
    } else if (type == number_type::hex4) {
      out[back] = static_cast<std::byte>(hex_digits[value & 15]);
      value >>= 4;
    } else {
      out[back] = static_cast<std::byte>('0' + value % 10);
      value /= 10;
    }
  }
  return size;
}

}  // namespace chunk
