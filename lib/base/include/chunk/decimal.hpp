// Numbers in decimal digits: taken apart as they are written, not computed.
#pragma once

#include <optional>
#include <string_view>

namespace chunk {

/// A number, which may be complex, as it is written. The parts borrow from the text.
struct number_parts {
  std::string_view real;       ///< empty where only the imaginary part is written
  std::string_view imaginary;  ///< without its j: a number, a sign for one, or nothing for 1
  bool complex = false;        ///< it has an imaginary part
  bool enclosed = false;       ///< it stands in parentheses
};

/// Gives a text without the blanks around it.
std::string_view without_blanks(std::string_view text);

/// Says whether a text is a whole number: digits that may have a sign.
bool is_integer(std::string_view text);

/// Says whether a text is a finite real number: digits, which may have a sign, a fraction and an
/// exponent.
bool is_decimal(std::string_view text);

/// Takes apart a number of the example protocol: `3`, `-0.125`, `1e3`, `inf`, `nan`, `1+2j`,
/// `(1+2j)`, `j`, with blanks around it. Nothing: it is none.
///
/// Source: chunk(5), THE EXAMPLE PROTOCOL
std::optional<number_parts> split_number(std::string_view text);

}  // namespace chunk
