// Numbers in decimal digits, taken apart as they are written.
#include <chunk/decimal.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace {

/// "3", "1|+2j" or "(1|+2j)"; "none" for what is no number.
std::string parts(std::string_view text) {
  const auto split = chunk::split_number(text);
  if (!split) return "none";
  auto out = std::string(split->real);
  if (split->complex) out += '|' + std::string(split->imaginary) + 'j';
  return split->enclosed ? '(' + out + ')' : out;
}

}  // namespace

TEST_CASE("a real number is one part") {
  for (const auto* text : {"3", "-0.125", "+.5", "5.", "1e3", "1E-3", "inf", "-Infinity", "nan"}) {
    CAPTURE(text);
    CHECK(parts(text) == text);
  }
}

TEST_CASE("single underscores may group the digits of such a number, and of no other") {
  for (const auto* text : {"1_000", "1_0.5e1_0", "-1_2.3_4", "1_2+3_4j", "(1_0)"}) {
    CAPTURE(text);
    CHECK(parts(text) != "none");
    CHECK_FALSE(chunk::is_decimal(text));
    CHECK_FALSE(chunk::is_integer(text));
  }
}

TEST_CASE("an imaginary part ends in j, and may be only a sign or empty") {
  CHECK(parts("1+2j") == "1|+2j");
  CHECK(parts("1e3-infJ") == "1e3|-infj");
  CHECK(parts("2j") == "|2j");
  CHECK(parts("-2.5j") == "|-2.5j");
  CHECK(parts("j") == "|j");
  CHECK(parts("-j") == "|-j");
  CHECK(parts("1+j") == "1|+j");
}

TEST_CASE("blanks are allowed around a number, around its parentheses, and inside them") {
  CHECK(parts(" \t3\n") == "3");
  CHECK(parts("( 1+2j )") == "(1|+2j)");
  CHECK(parts(" (3) ") == "(3)");
}

TEST_CASE("text that is not a number has no parts") {
  for (const auto* text :
       {"",     " ",    "x",    "1 2",  "1+2",  "1+ 2j", "1j2",   "12jj", "--1", "1e",
        "e3",   ".",    "()",   "(1",   "1)",   "((1))", "0x10",  "1__0", "_1",  "1_",
        "1_.5", "1._5", "1_e5", "1e_5", "i_nf", "1_j",   "infj2", "+-1j"}) {
    CAPTURE(text);
    CHECK(parts(text) == "none");
  }
}

TEST_CASE("an integer has digits and perhaps a sign, a decimal also a fraction and an exponent") {
  for (const auto* text : {"0", "-7", "+12"}) {
    CAPTURE(text);
    CHECK(chunk::is_integer(text));
    CHECK(chunk::is_decimal(text));
  }
  for (const auto* text : {"0.5", "-7e2", "1."}) {
    CAPTURE(text);
    CHECK_FALSE(chunk::is_integer(text));
    CHECK(chunk::is_decimal(text));
  }
  for (const auto* text : {"", "-", "inf", "1j", " 1", "1e", "."}) {
    CAPTURE(text);
    CHECK_FALSE(chunk::is_integer(text));
    CHECK_FALSE(chunk::is_decimal(text));
  }
}

TEST_CASE("only the blanks around a text are removed") {
  CHECK(chunk::without_blanks(" a b\t\n") == "a b");
  CHECK(chunk::without_blanks(" \r\v\f ") == "");
}

TEST_CASE("a number without a sign has decimal digits, or hexadecimal ones after 0x") {
  CHECK(chunk::parse_unsigned("0") == 0);
  CHECK(chunk::parse_unsigned("010") == 10);
  CHECK(chunk::parse_unsigned("0xfF") == 255);
  CHECK(chunk::parse_unsigned("18446744073709551615") == 18446744073709551615U);
  CHECK(chunk::parse_unsigned("0xffffffffffffffff") == 18446744073709551615U);
  for (const auto* text : {"", "0x", "-1", "+1", " 1", "1 ", "f", "0x-1", "18446744073709551616",
                           "0x10000000000000000"}) {
    CAPTURE(text);
    CHECK_FALSE(chunk::parse_unsigned(text));
  }
}
