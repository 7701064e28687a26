#include "serve/number.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <system_error>

namespace serve {

namespace {

constexpr std::string_view blanks = " \t\n\r\v\f";

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(),
                    [](char expected, char actual) { return expected == lower(actual); });
}

std::size_t sign_length(std::string_view text) {
  return !text.empty() && (text.front() == '+' || text.front() == '-') ? 1 : 0;
}

std::size_t digits_length(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

std::size_t exponent_length(std::string_view text) {
  if (text.empty() || lower(text.front()) != 'e') return 0;
  const auto mark = 1 + sign_length(text.substr(1));
  const auto digits = digits_length(text.substr(mark));
  return digits == 0 ? 0 : mark + digits;
}

// The length of the longest real number that `text` starts with, or 0.
std::size_t real_length(std::string_view text) {
  const auto sign = sign_length(text);
  text.remove_prefix(sign);
  for (const std::string_view word : {"infinity", "inf", "nan"}) {
    if (starts_with_word(text, word)) return sign + word.size();
  }
  const auto whole = digits_length(text);
  auto length = whole;
  std::size_t fraction = 0;
  if (length < text.size() && text[length] == '.') {
    fraction = digits_length(text.substr(length + 1));
    length += 1 + fraction;
  }
  if (whole + fraction == 0) return 0;
  return sign + length + exponent_length(text.substr(length));
}

// Tells on which side a decimal without sign, known to be out of range, left the range. What
// decides is the power of ten of its first significant digit.
bool is_too_large(std::string_view decimal) {
  const auto mark = std::min(decimal.find_first_of("eE"), decimal.size());
  const auto point = std::min(decimal.find('.'), mark);
  const auto first = decimal.substr(0, mark).find_first_of("123456789");
  if (first == std::string_view::npos) return false;
  const auto digits_before_point = static_cast<std::int64_t>(point) -
                                   static_cast<std::int64_t>(first) - (first > point ? -1 : 0);

  auto exponent_text = decimal.substr(std::min(mark + 1, decimal.size()));
  const bool negative = exponent_text.starts_with('-');
  exponent_text.remove_prefix(sign_length(exponent_text));
  std::int64_t exponent = 0;
  const auto read =
      std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  if (read.ec == std::errc::result_out_of_range) return !negative;
  return (negative ? -exponent : exponent) > -digits_before_point;
}

// The value of a text for which real_length() is its whole length.
double real_value(std::string_view text) {
  const bool negative = text.front() == '-';
  text.remove_prefix(sign_length(text));  // from_chars refuses a plus
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec == std::errc::result_out_of_range) {
    value = is_too_large(text) ? std::numeric_limits<double>::infinity() : 0;
  }
  return negative ? -value : value;
}

// The value of what stands before the j: a real number, a sign alone, or nothing.
std::optional<double> imaginary_value(std::string_view text) {
  const auto length = real_length(text);
  if (length != 0 && length == text.size()) return real_value(text);
  if (text.size() != sign_length(text)) return std::nullopt;
  return text == "-" ? -1 : 1;
}

// Reads a complex number without parentheses and blanks, or a real one.
std::optional<number> parse_parts(std::string_view text) {
  const auto length = real_length(text);
  if (length != 0 && length == text.size()) return number{.real = real_value(text)};
  if (text.empty() || lower(text.back()) != 'j') return std::nullopt;
  text.remove_suffix(1);

  // With nothing between the first number and the j, that number is the imaginary part.
  const auto split = length == text.size() ? 0 : length;
  const auto rest = text.substr(split);
  if (split != 0 && sign_length(rest) == 0) return std::nullopt;
  const auto imaginary = imaginary_value(rest);
  if (!imaginary) return std::nullopt;
  const double real = split == 0 ? 0 : real_value(text.substr(0, split));
  return number{.real = real, .imaginary = *imaginary, .complex = true};
}

// The shortest decimal without a needless point. The bounds of the plain form are those of
// chunk-serve(1).
std::string shortest(double value) {
  if (std::isnan(value)) return "nan";  // to_chars would show the sign of a nan
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  std::array<char, 32> space;  // the longest is -2.2250738585072014e-308, 24 bytes
  const auto written =
      std::to_chars(space.data(), space.data() + space.size(), value,
                    plain ? std::chars_format::fixed : std::chars_format::scientific);
  assert(written.ec == std::errc{});
  return {space.data(), written.ptr};
}

std::string real_text(double value) {
  auto text = shortest(value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

number complex_number(double real, double imaginary) {
  return {.real = real, .imaginary = imaginary, .complex = true};
}

// The plain formula. What the compiler offers for std::complex repairs infinite parts, which
// chunk-serve(1) does not promise and other servers of this protocol do not do.
number product(const number& left, const number& right) {
  return complex_number(left.real * right.real - left.imaginary * right.imaginary,
                        left.real * right.imaginary + left.imaginary * right.real);
}

// Smith's method: dividing by the larger part first avoids overflow on the way.
std::optional<number> quotient(const number& left, const number& right) {
  const double real_size = std::abs(right.real);
  const double imaginary_size = std::abs(right.imaginary);
  if (real_size == 0 && imaginary_size == 0) return std::nullopt;
  if (real_size >= imaginary_size) {
    const double ratio = right.imaginary / right.real;
    const double divisor = right.real + right.imaginary * ratio;
    return complex_number((left.real + left.imaginary * ratio) / divisor,
                          (left.imaginary - left.real * ratio) / divisor);
  }
  if (imaginary_size >= real_size) {
    const double ratio = right.real / right.imaginary;
    const double divisor = right.real * ratio + right.imaginary;
    return complex_number((left.real * ratio + left.imaginary) / divisor,
                          (left.imaginary * ratio - left.real) / divisor);
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();  // a part of the divisor is nan
  return complex_number(nan, nan);
}

// By repeated squaring, which is exact where the products are.
std::optional<number> integral_power(const number& base, int exponent) {
  auto result = complex_number(1, 0);
  auto square = base;
  for (auto bits = static_cast<unsigned>(std::abs(exponent)); bits != 0; bits >>= 1) {
    if ((bits & 1) != 0) result = product(result, square);
    square = product(square, square);
  }
  if (exponent >= 0) return result;
  return quotient(complex_number(1, 0), result);
}

// By the polar form of the base.
std::optional<number> general_power(const number& base, const number& exponent) {
  if (base.real == 0 && base.imaginary == 0) {
    if (exponent.imaginary != 0 || exponent.real < 0) return std::nullopt;
    return complex_number(0, 0);
  }
  const double base_size = std::hypot(base.real, base.imaginary);
  const double base_angle = std::atan2(base.imaginary, base.real);
  double size = std::pow(base_size, exponent.real);
  double angle = base_angle * exponent.real;
  if (exponent.imaginary != 0) {
    size /= std::exp(base_angle * exponent.imaginary);
    angle += exponent.imaginary * std::log(base_size);
  }
  if (std::isinf(angle)) return std::nullopt;  // points nowhere
  return complex_number(size * std::cos(angle), size * std::sin(angle));
}

// An overflow that meets another on the way, inf - inf, leaves nan. That is a result, not
// undefined.
std::optional<number> complex_power(const number& base, const number& exponent) {
  constexpr double most_products = 100;  // chosen as in Python, for the same last digits
  const bool integral = exponent.imaginary == 0 && exponent.real == std::floor(exponent.real) &&
                        std::abs(exponent.real) <= most_products;
  const auto result = integral ? integral_power(base, static_cast<int>(exponent.real))
                               : general_power(base, exponent);
  if (result && (std::isinf(result->real) || std::isinf(result->imaginary))) return std::nullopt;
  return result;
}

std::optional<number> real_power(double base, double exponent) {
  const bool finite = std::isfinite(base) && std::isfinite(exponent);
  if (finite && base == 0 && exponent < 0) return std::nullopt;
  if (finite && base < 0 && exponent != std::floor(exponent)) {
    return complex_power(complex_number(base, 0), complex_number(exponent, 0));
  }
  const double result = std::pow(base, exponent);
  if (finite && std::isinf(result)) return std::nullopt;
  return number{.real = result};
}

// The remainder with the sign of the divisor, also where it is zero.
double floored_remainder(double left, double right) {
  const double rest = std::fmod(left, right);
  if (rest == 0) return std::copysign(0.0, right);
  return (rest < 0) != (right < 0) ? rest + right : rest;
}

std::optional<number> combine_reals(operation what, double left, double right) {
  switch (what) {
    case operation::add: return number{.real = left + right};
    case operation::subtract: return number{.real = left - right};
    case operation::multiply: return number{.real = left * right};
    case operation::power: return real_power(left, right);
    case operation::divide:
      if (right == 0) return std::nullopt;
      return number{.real = left / right};
    case operation::modulo:
      if (right == 0) return std::nullopt;
      return number{.real = floored_remainder(left, right)};
  }
  return std::nullopt;
}

std::optional<number> combine(operation what, const number& left, const number& right) {
  if (!left.complex && !right.complex) return combine_reals(what, left.real, right.real);
  switch (what) {
    case operation::add:
      return complex_number(left.real + right.real, left.imaginary + right.imaginary);
    case operation::subtract:
      return complex_number(left.real - right.real, left.imaginary - right.imaginary);
    case operation::multiply: return product(left, right);
    case operation::divide: return quotient(left, right);
    case operation::modulo: return std::nullopt;
    case operation::power: return complex_power(left, right);
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> parse_real(std::string_view text) {
  text = trimmed(text);
  const auto length = real_length(text);
  if (length == 0 || length != text.size()) return std::nullopt;
  return real_value(text);
}

std::optional<number> parse_number(std::string_view text) {
  text = trimmed(text);
  const bool enclosed = text.size() >= 2 && text.front() == '(' && text.back() == ')';
  if (enclosed) text = trimmed(text.substr(1, text.size() - 2));
  auto value = parse_parts(text);
  if (value && enclosed) value->complex = true;
  return value;
}

std::optional<operation> parse_operation(std::string_view text) {
  if (text == "+") return operation::add;
  if (text == "-") return operation::subtract;
  if (text == "*") return operation::multiply;
  if (text == "/") return operation::divide;
  if (text == "%") return operation::modulo;
  if (text == "**") return operation::power;
  return std::nullopt;
}

bool takes_any_number(operation what) {
  return what == operation::add || what == operation::multiply;
}

std::string to_text(const number& value) {
  if (!value.complex || value.imaginary == 0) return real_text(value.real);
  const auto imaginary = shortest(value.imaginary);
  if (value.real == 0 && !std::signbit(value.real)) return imaginary + 'j';
  const auto sign = imaginary.starts_with('-') ? "" : "+";
  std::string out;
  return out.append("(").append(shortest(value.real)).append(sign).append(imaginary).append("j)");
}

std::optional<std::string> compute(operation what, std::span<const number> operands) {
  assert(takes_any_number(what) || operands.size() == 2);
  if (operands.empty()) return what == operation::add ? "0" : "1";
  auto result = operands.front();
  for (const auto& operand : operands.subspan(1)) {
    const auto next = combine(what, result, operand);
    if (!next) return std::nullopt;
    result = *next;
  }
  return to_text(result);
}

}  // namespace serve
