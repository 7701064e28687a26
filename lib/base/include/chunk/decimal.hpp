// Numbers in decimal digits: split as they are written; no value is computed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace chunk {

/// The parts of a number, which may be complex, as they are written. They borrow from the text.
struct number_parts {
  std::string_view real;       ///< empty where only the imaginary part is written
  std::string_view imaginary;  ///< without its j; empty or a sign alone where its digits, 1, are
                               ///< left out
  bool complex = false;        ///< there is an imaginary part
  bool enclosed = false;       ///< the number stands in parentheses
};

/// Gives a text without the blanks around it.
std::string_view without_blanks(std::string_view text);

/// Says whether a text is decimal digits alone.
inline bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

/// Says whether a text is a whole number: digits that may have a sign.
bool is_integer(std::string_view text);

/// Says whether a text is a finite real number: digits, which may have a sign, a fraction and an
/// exponent.
bool is_decimal(std::string_view text);

/// Reads a whole number in decimal digits, or in hexadecimal ones after 0x.
///
/// Returns: nullopt when the text is no such number, or one of more than 64 bits
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

/// Splits a number of the example protocol: `3`, `-0.125`, `1e3`, `inf`, `nan`, `1+2j`, `(1+2j)` or
/// `j`, with or without blanks around it. A single underscore may stand between two digits.
///
/// Returns: nullopt when the text is no such number
/// Source:  chunk(5), THE EXAMPLE PROTOCOL
std::optional<number_parts> split_number(std::string_view text);

}  // namespace chunk
