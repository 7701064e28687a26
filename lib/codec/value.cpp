#include "chunk/value.hpp"

#include "byte_order.hpp"

#include <chunk/decimal.hpp>
#include <chunk/escape.hpp>
#include <chunk/id.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

namespace chunk {
namespace {

/// In the order of the enumerators: the name, what a value is not, and the bytes of a binary one.
struct type_description {
  std::string_view name;
  std::string_view noun;
  std::size_t size = 0;  // 0: any number of bytes
};

constexpr std::array<type_description, 17> descriptions{{
    {"bytes", "bytes"},
    {"text", "UTF-8"},
    {"integer", "an integer"},
    {"decimal", "a decimal number"},
    {"number", "a number"},
    {"u8", "a u8", 1},
    {"u16", "a u16", 2},
    {"u32", "a u32", 4},
    {"u64", "a u64", 8},
    {"i8", "an i8", 1},
    {"i16", "an i16", 2},
    {"i32", "an i32", 4},
    {"i64", "an i64", 8},
    {"f32", "an f32", 4},
    {"f64", "an f64", 8},
    {"hex", "bytes"},
    {"id", "an ID", 4},
}};

const type_description& describe(value_type type) {
  return descriptions[static_cast<std::size_t>(type)];
}

std::string_view chars_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// --- UTF-8 ---

/// The length of the character of UTF-8 that `text` starts with, or 0. Source: RFC 3629, section 4
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  const auto is_tail = [&](std::size_t at) { return (byte(at) & 0xc0U) == 0x80; };
  const auto first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || !is_tail(1)) return 0;
  if (first < 0xe0) return 2;
  const bool too_long = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool surrogate = first == 0xed && byte(1) > 0x9f;
  const bool too_large = first == 0xf4 && byte(1) > 0x8f;
  if (too_long || surrogate || too_large || !is_tail(2)) return 0;
  if (first < 0xf0) return 3;
  return is_tail(3) ? 4 : 0;
}

/// The length of the longest part at the start that is UTF-8.
std::size_t utf8_length(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto length = character_length(text.substr(at));
    if (length == 0) break;
    at += length;
  }
  return at;
}

// --- binary numbers ---

/// Reads a little-endian number of 1, 2, 4 or 8 bytes.
std::uint64_t unsigned_number(std::span<const std::byte> bytes) {
  std::array<std::byte, 8> wide{};
  std::ranges::copy(bytes, wide.begin());
  return load_little_endian<std::uint64_t>(wide);
}

/// A number of `size` bytes in two's complement.
std::int64_t with_sign(std::uint64_t value, std::size_t size) {
  const auto unused = 64 - 8 * size;
  return static_cast<std::int64_t>(value << unused) >> unused;
}

template <class Number>
std::string digits_of(Number value) {
  std::array<char, 32> space;  // the longest is -2.2250738585072014e-308, 24 bytes
  const auto written = std::to_chars(space.data(), space.data() + space.size(), value);
  return {space.data(), written.ptr};
}

template <class Float>
std::string shortest(Float value) {
  return std::isnan(value) ? "nan" : digits_of(value);  // to_chars would show the sign of a nan
}

// --- showing ---

constexpr escape_set text_escapes{"%\""};

std::string in_quotes(std::span<const std::byte> bytes) {
  std::string out;
  out.reserve(bytes.size() + 2);
  out += '"';
  append_escaped(out, bytes, text_escapes);
  out += '"';
  return out;
}

std::string in_hex(std::span<const std::byte> bytes) {
  std::string out(2 + 2 * bytes.size(), '0');
  out[1] = 'x';
  std::size_t at = 2;
  for (const auto each : bytes) {
    const auto value = std::to_integer<std::size_t>(each);
    out[at++] = hex_digits[value >> 4];
    out[at++] = hex_digits[value & 15];
  }
  return out;
}

bool is_printable(std::span<const std::byte> bytes) {
  return std::ranges::all_of(
      bytes, [](std::byte each) { return each >= std::byte{0x20} && each <= std::byte{0x7e}; });
}

std::string number_text(std::string_view text) {
  const auto number = without_blanks(text);
  const auto parts = split_number(number);
  if (!parts || !parts->enclosed) return std::string(number);
  return '(' + std::string(without_blanks(number.substr(1, number.size() - 2))) + ')';
}

bool has_form(value_type type, std::span<const std::byte> bytes) {
  const auto text = chars_of(bytes);
  switch (type) {
    case value_type::bytes:
    case value_type::hex: return true;
    case value_type::text: return utf8_length(text) == text.size();
    case value_type::integer: return is_integer(without_blanks(text));
    case value_type::decimal: return is_decimal(without_blanks(text));
    case value_type::number: return split_number(text).has_value();
    case value_type::u8:
    case value_type::u16:
    case value_type::u32:
    case value_type::u64:
    case value_type::i8:
    case value_type::i16:
    case value_type::i32:
    case value_type::i64:
    case value_type::f32:
    case value_type::f64:
    case value_type::id: return bytes.size() == describe(type).size;
  }
  return true;
}

[[gnu::cold, gnu::noinline]] result<void> violation(std::string reason) {
  return tl::unexpected(error{errc::violation, std::move(reason)});
}

}  // namespace

std::optional<value_type> find_value_type(std::string_view name) {
  const auto found = std::ranges::find(descriptions, name, &type_description::name);
  if (found == descriptions.end()) return std::nullopt;
  return static_cast<value_type>(found - descriptions.begin());
}

std::string_view to_text(value_type type) {
  return describe(type).name;
}

result<void> check(value_type type, std::span<const std::byte> bytes) {
  if (has_form(type, bytes)) return {};
  constexpr std::size_t most = 32;  // chosen: a message stays within one line
  const auto& [name, noun, size] = describe(type);
  if (size != 0) {
    return violation(std::to_string(bytes.size()) + " bytes are not " + std::string(noun) +
                     ", which has " + std::to_string(size));
  }
  // Of a text, what it is up to there is of no use.
  const auto start = type == value_type::text ? utf8_length(chars_of(bytes)) : 0;
  const auto wrong = bytes.subspan(start);
  auto shown = "'" + escaped(wrong.first(std::min(most, wrong.size())), quote_escapes);
  shown += wrong.size() > most ? "...'" : "'";
  if (start != 0) shown += " after " + std::to_string(start) + " bytes";
  return violation(shown + " is not " + std::string(noun));
}

result<std::string> show(value_type type, std::span<const std::byte> bytes) {
  if (auto fine = check(type, bytes); !fine) return tl::unexpected(std::move(fine).error());
  switch (type) {
    case value_type::bytes: return is_printable(bytes) ? in_quotes(bytes) : in_hex(bytes);
    case value_type::text: return in_quotes(bytes);
    case value_type::hex: return in_hex(bytes);
    case value_type::integer:
    case value_type::decimal: return std::string(without_blanks(chars_of(bytes)));
    case value_type::number: return number_text(chars_of(bytes));
    case value_type::u8:
    case value_type::u16:
    case value_type::u32:
    case value_type::u64: return digits_of(unsigned_number(bytes));
    case value_type::i8:
    case value_type::i16:
    case value_type::i32:
    case value_type::i64: return digits_of(with_sign(unsigned_number(bytes), bytes.size()));
    case value_type::f32:
      return shortest(std::bit_cast<float>(static_cast<std::uint32_t>(unsigned_number(bytes))));
    case value_type::f64: return shortest(std::bit_cast<double>(unsigned_number(bytes)));
    case value_type::id: return to_text(id_of_bytes(bytes));
  }
  return std::string();
}

bool is_plain_number(std::string_view shown) {
  if (!is_decimal(shown) || shown.starts_with('+')) return false;
  const auto digits = shown.substr(shown.starts_with('-') ? 1 : 0);
  const auto is_digit = [&](std::size_t at) {
    return at < digits.size() && digits[at] >= '0' && digits[at] <= '9';
  };
  const auto point = digits.find('.');
  const bool padded = digits.starts_with('0') && is_digit(1);
  double value = 0;  // that of most programs that read JSON
  const auto last = shown.data() + shown.size();
  const auto [stop, problem] = std::from_chars(shown.data(), last, value);
  if (problem != std::errc() || stop != last) return false;
  return is_digit(0) && !padded && (point == std::string_view::npos || is_digit(point + 1));
}

}  // namespace chunk
