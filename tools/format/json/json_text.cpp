#include "format/json/json_text.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>

namespace tools::format {
namespace {

/// The characters that stand for themselves.
constexpr auto plain = [] {
  std::array<bool, 256> out{};
  for (std::size_t value = 0x20; value < 0x7f; ++value) out[value] = true;
  out['"'] = out['\\'] = false;
  return out;
}();

/// The letter of a two-character escape, or 0.
char short_escape(std::byte value) {
  switch (std::to_integer<char>(value)) {
    case '"': return '"';
    case '\\': return '\\';
    case '\t': return 't';
    case '\n': return 'n';
    case '\r': return 'r';
    default: return 0;
  }
}

void append_unit(std::string& out, std::uint32_t unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::array text{'\\',
                        'u',
                        digits[unit >> 12],
                        digits[unit >> 8 & 15],
                        digits[unit >> 4 & 15],
                        digits[unit & 15]};
  out.append(text.data(), text.size());
}

void append_code_point(std::string& out, std::uint32_t value) {
  if (value < 0x10000) return append_unit(out, value);
  value -= 0x10000;
  append_unit(out, 0xd800 + (value >> 10));
  append_unit(out, 0xdc00 + (value & 0x3ff));
}

/// Takes a character of several bytes from the front; 0 when there is none, or it is a control.
std::uint32_t take_code_point(std::span<const std::byte>& bytes) {
  const auto lead = std::to_integer<std::uint32_t>(bytes[0]);
  std::size_t more = 0;
  std::uint32_t least = 0xa0;  // what is below are controls
  if (lead >= 0xf0) {
    more = 3;
    least = 0x10000;
  } else if (lead >= 0xe0) {
    more = 2;
    least = 0x800;
  } else if (lead >= 0xc0) {
    more = 1;
  }
  if (more == 0 || lead > 0xf4 || more >= bytes.size()) return 0;
  auto value = lead & (0x3fU >> more);
  for (const auto each : bytes.subspan(1, more)) {
    if ((each & std::byte{0xc0}) != std::byte{0x80}) return 0;
    value = value << 6 | std::to_integer<std::uint32_t>(each & std::byte{0x3f});
  }
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (value < least || value > 0x10ffff || surrogate) return 0;
  bytes = bytes.subspan(more + 1);
  return value;
}

}  // namespace

bool append_json_text(std::string& out, std::span<const std::byte> bytes) {
  const auto held = out.size();
  out += '"';
  while (!bytes.empty()) {
    const auto stop = std::ranges::find_if(
        bytes, [](std::byte each) { return !plain[std::to_integer<std::size_t>(each)]; });
    const auto run = static_cast<std::size_t>(stop - bytes.begin());
    out.append(reinterpret_cast<const char*>(bytes.data()), run);
    bytes = bytes.subspan(run);
    if (bytes.empty()) break;
    if (const char letter = short_escape(bytes[0]); letter != 0) {
      out += '\\';
      out += letter;
      bytes = bytes.subspan(1);
    } else if (const auto value = take_code_point(bytes); value != 0) {
      append_code_point(out, value);
    } else {
      out.resize(held);
      return false;
    }
  }
  out += '"';
  return true;
}

void append_json_string(std::string& out, std::string_view plain_text) {
  [[maybe_unused]] const bool text = append_json_text(out, std::as_bytes(std::span(plain_text)));
  assert(text);
}

}  // namespace tools::format
