#include "chunk/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace chunk {
namespace {

// Those of C's isspace() in its own locale; from the example protocol.
constexpr std::string_view blanks = " \t\n\r\v\f";

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(),
                    [](char expected, char actual) { return expected == lower(actual); });
}

std::size_t sign_length(std::string_view text) {
  return !text.empty() && (text.front() == '+' || text.front() == '-') ? 1 : 0;
}

bool is_digit(std::string_view text, std::size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

/// How digits may be written.
enum class digits { plain, grouped };  // with single underscores between two of them

std::size_t digits_length(std::string_view text, digits how = digits::plain) {
  std::size_t out = 0;
  while (is_digit(text, out)) {
    ++out;
    const bool joins = how == digits::grouped && text.substr(out).starts_with('_');
    if (joins && is_digit(text, out + 1)) ++out;
  }
  return out;
}

std::size_t exponent_length(std::string_view text, digits how) {
  if (text.empty() || lower(text.front()) != 'e') return 0;
  const auto mark = 1 + sign_length(text.substr(1));
  const auto length = digits_length(text.substr(mark), how);
  return length == 0 ? 0 : mark + length;
}

/// The length of the longest finite number that `text` starts with, or 0.
std::size_t decimal_length(std::string_view text, digits how) {
  const auto sign = sign_length(text);
  text.remove_prefix(sign);
  const auto whole = digits_length(text, how);
  auto length = whole;
  std::size_t fraction = 0;
  if (length < text.size() && text[length] == '.') {
    fraction = digits_length(text.substr(length + 1), how);
    length += 1 + fraction;
  }
  if (whole + fraction == 0) return 0;
  return sign + length + exponent_length(text.substr(length), how);
}

/// The length of the longest real number that `text` starts with, `inf` and `nan` among them, or 0.
std::size_t real_length(std::string_view text) {
  const auto sign = sign_length(text);
  for (const std::string_view word : {"infinity", "inf", "nan"}) {
    if (starts_with_word(text.substr(sign), word)) return sign + word.size();
  }
  return decimal_length(text, digits::grouped);
}

/// Splits a number without parentheses and blanks.
std::optional<number_parts> split_bare(std::string_view text) {
  const auto real = real_length(text);
  number_parts out;
  if (real != 0 && real == text.size()) {
    out.real = text;
    return out;
  }
  if (text.empty() || lower(text.back()) != 'j') return std::nullopt;
  text.remove_suffix(1);
  out.complex = true;
  // With nothing between the first number and the j, that number is the imaginary part.
  const auto split = real == text.size() ? 0 : real;
  out.real = text.substr(0, split);
  out.imaginary = text.substr(split);
  const auto sign = sign_length(out.imaginary);
  if (split != 0 && sign == 0) return std::nullopt;
  const bool is_number = real_length(out.imaginary) == out.imaginary.size();
  if (out.imaginary.size() != sign && !is_number) return std::nullopt;
  return out;
}

}  // namespace

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_integer(std::string_view text) {
  const auto sign = sign_length(text);
  return text.size() > sign && sign + digits_length(text.substr(sign)) == text.size();
}

bool is_decimal(std::string_view text) {
  return !text.empty() && decimal_length(text, digits::plain) == text.size();
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  std::uint64_t out = 0;
  const auto end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, out, hex ? 16 : 10);
  if (problem != std::errc{} || stop != end) return std::nullopt;
  return out;
}

std::optional<number_parts> split_number(std::string_view text) {
  text = without_blanks(text);
  const bool enclosed = text.size() >= 2 && text.front() == '(' && text.back() == ')';
  if (enclosed) text = without_blanks(text.substr(1, text.size() - 2));
  auto out = split_bare(text);
  if (out) out->enclosed = enclosed;
  return out;
}

}  // namespace chunk
