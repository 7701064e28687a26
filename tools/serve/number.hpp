// Arithmetic of the example protocol: operands and results as text and as numbers. No I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tools::serve {

/// A real or complex number. `imaginary` is 0 unless `complex` is set.
struct number {
  double real = 0;
  double imaginary = 0;
  bool complex = false;

  bool operator==(const number&) const = default;
};

/// The operations of the request CMPU.
enum class operation : std::uint8_t { add, subtract, multiply, divide, modulo, power };

/// Reads an operand: a real number as in parse_real(), or a complex number such as "2j", "1-2.5j"
/// or "(1+2j)".
///
/// A number with a j or in parentheses is complex. Blanks are allowed around the whole and just
/// inside the parentheses.
///
/// Errors: nullopt when the text is not a number.
/// Source: chunk(5), THE EXAMPLE PROTOCOL
std::optional<number> parse_number(std::string_view text);

/// Reads a decimal integer or fraction, with or without an exponent, or one of inf, infinity, nan.
///
/// Blanks are allowed around it, and the locale has no influence. A number too large for a double
/// becomes infinite, one too small becomes zero.
///
/// Errors: nullopt when the text is not a real number.
/// Source: chunk(5), THE EXAMPLE PROTOCOL
std::optional<double> parse_real(std::string_view text);

/// Reads one of + - * / % and **, without anything around it.
std::optional<operation> parse_operation(std::string_view text);

/// Tells whether the operation takes any number of operands; otherwise it takes exactly two.
bool takes_any_number(operation what);

/// Gives the shortest decimal that reads back as the same number.
///
/// A finite real number always has a decimal point or an exponent: 7.0, 1e+16, 1e-05. The parts of
/// a complex number need not: (4-2j), -2j. A complex number whose imaginary part is zero is shown
/// as a real number.
///
/// Source: chunk(5), THE EXAMPLE PROTOCOL
std::string to_text(const number& value);

/// Gives the result as the text of a reply: to_text(), or 0 or 1 when there are no operands.
///
/// Operands are combined from left to right, and a single operand is the result. The arithmetic is
/// real up to the first complex operand.
///
/// Shape:  as many operands as takes_any_number() allows
/// Errors: nullopt if the result is undefined or a power overflows. Other overflows give inf.
/// Source: chunk(5), THE EXAMPLE PROTOCOL
std::optional<std::string> compute(operation what, std::span<const number> operands);

}  // namespace tools::serve
