#include "serve/number.hpp"

#include <chunk/decimal.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <system_error>

namespace tools::serve {

namespace {

std::string_view without_sign(std::string_view text) {
  const bool has_sign = text.starts_with('+') || text.starts_with('-');
  return text.substr(has_sign ? 1 : 0);
}

// Tells whether an unsigned decimal that is out of range is too large or too small, by the power of
// ten of its first significant digit.
bool is_too_large(std::string_view decimal) {
  const auto mark = std::min(decimal.find_first_of("eE"), decimal.size());
  const auto point = std::min(decimal.find('.'), mark);
  const auto first = decimal.substr(0, mark).find_first_of("123456789");
  if (first == std::string_view::npos) return false;
  const auto digits_before_point = static_cast<std::int64_t>(point) -
                                   static_cast<std::int64_t>(first) - (first > point ? -1 : 0);

  auto exponent_text = decimal.substr(std::min(mark + 1, decimal.size()));
  const bool negative = exponent_text.starts_with('-');
  exponent_text = without_sign(exponent_text);
  std::int64_t exponent = 0;
  const auto read =
      std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  if (read.ec == std::errc::result_out_of_range) return !negative;
  return (negative ? -exponent : exponent) > -digits_before_point;
}

// The value of a real number.
double real_value(std::string_view text) {
  const bool negative = text.front() == '-';
  text = without_sign(text);  // from_chars refuses a plus
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec == std::errc::result_out_of_range) {
    value = is_too_large(text) ? std::numeric_limits<double>::infinity() : 0;
  }
  return negative ? -value : value;
}

// The value of the text before the j, which is a real number, only a sign, or empty.
double imaginary_value(std::string_view text) {
  if (!without_sign(text).empty()) return real_value(text);
  return text == "-" ? -1 : 1;
}

// The shortest decimal, without a decimal point if the number is integral. chunk(5) defines where
// the exponent form begins.
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

// The textbook formula. The operator of std::complex corrects results with infinite parts, which
// chunk(5) does not specify and other servers of this protocol do not do.
number product(const number& left, const number& right) {
  return complex_number(left.real * right.real - left.imaginary * right.imaginary,
                        left.real * right.imaginary + left.imaginary * right.real);
}

// Smith's method: dividing by the larger part first avoids intermediate overflow.
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

// By repeated squaring, which is exact if all products are exact.
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

// By the polar form of the base. nullopt: the angle is infinite.
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
  if (std::isinf(angle)) return std::nullopt;
  return complex_number(size * std::cos(angle), size * std::sin(angle));
}

// An intermediate inf - inf gives nan. That is a result, not an undefined operation.
std::optional<number> complex_power(const number& base, const number& exponent) {
  constexpr double most_products = 100;  // chosen: as in Python, to give the same last digits
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

// The remainder with the sign of the divisor, even if the remainder is zero.
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

/// Gives a number without the underscores between its digits; nothing else where it is no number.
std::string without_underscores(std::string_view text) {
  std::string out(chunk::split_number(text) ? text : std::string_view());
  std::erase(out, '_');
  return out;
}

}  // namespace

std::optional<double> parse_real(std::string_view text) {
  const auto plain = without_underscores(text);
  const auto parts = chunk::split_number(plain);
  if (!parts || parts->complex || parts->enclosed) return std::nullopt;
  return real_value(parts->real);
}

std::optional<number> parse_number(std::string_view text) {
  const auto plain = without_underscores(text);
  const auto parts = chunk::split_number(plain);
  if (!parts) return std::nullopt;
  number out;
  if (!parts->real.empty()) out.real = real_value(parts->real);
  if (parts->complex) out.imaginary = imaginary_value(parts->imaginary);
  out.complex = parts->complex || parts->enclosed;
  return out;
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

}  // namespace tools::serve
