// Values: what the bytes of a payload stand for, by type.
#pragma once

#include <chunk/error.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chunk {

/// How to read a payload. Binary numbers are little-endian, as are the lengths of the chunk
/// framing.
enum class value_type {
  bytes,    ///< anything
  text,     ///< UTF-8
  integer,  ///< a whole number in decimal digits
  decimal,  ///< a decimal number, fraction and exponent allowed
  number,   ///< the same, also infinite, not a number, or complex: `1+2j`
  u8,
  u16,
  u32,
  u64,
  i8,
  i16,
  i32,
  i64,
  f32,
  f64,
  hex,  ///< bytes that are shown as hexadecimal digits
  id,   ///< the ID of a chunk
};

/// Gives the type of that name, which is the enumerator's.
std::optional<value_type> find_value_type(std::string_view name);

/// Gives the name of a type.
std::string_view to_text(value_type type);

/// Says whether the bytes have the form of the type.
///
/// Errors: errc::violation; the detail quotes the bytes, the first of many: "'x' is not a decimal
///         number"
/// Source: chunk-protocol(5), TYPES
result<void> check(value_type type, std::span<const std::byte> bytes);

/// Shows the value as people read it, in plain ASCII: `3.5`, `"50%25 off"`, `0xcafe`.
///
/// Shape:  numbers in digits stand as they are, without blanks; all of the bytes are shown
/// Errors: those of check()
/// Source: chunk-protocol(5), TYPES
result<std::string> show(value_type type, std::span<const std::byte> bytes);

/// Says whether show() gives a number as JSON writes it, with digits, fraction and exponent, and
/// one that a double can hold.
bool is_plain_number(std::string_view shown);

}  // namespace chunk
