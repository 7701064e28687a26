#include "serve/number.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

// Computes "OPERATION OPERAND ..." as the server does. Words stand for the answers without value.
std::string answer(std::string_view request) {
  std::vector<std::string_view> words;
  while (!request.empty()) {
    const auto blank = request.find(' ');
    words.push_back(request.substr(0, blank));
    request = blank == std::string_view::npos ? "" : request.substr(blank + 1);
  }
  const auto what = tools::serve::parse_operation(words.front());
  if (!what) return "no operation";
  std::vector<tools::serve::number> operands;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto operand = tools::serve::parse_number(words[i]);
    if (!operand) return "no number";
    operands.push_back(*operand);
  }
  if (!tools::serve::takes_any_number(*what) && operands.size() != 2) return "wrong count";
  return tools::serve::compute(*what, operands).value_or("undefined");
}

// Shows both parts, also where to_text() leaves one out.
std::string parts(std::string_view text) {
  const auto value = tools::serve::parse_number(text);
  if (!value) return "no number";
  const auto real = tools::serve::to_text({.real = value->real});
  if (!value->complex) return real;
  return real + " and " + tools::serve::to_text({.real = value->imaginary}) + " j";
}

std::string real(std::string_view text) {
  const auto value = tools::serve::parse_real(text);
  return value ? tools::serve::to_text({.real = *value}) : "no number";
}

struct sample {
  std::string_view input;
  std::string_view expected;
};

}  // namespace

TEST_CASE("sums, differences, products and quotients are those of doubles") {
  constexpr auto samples = std::to_array<sample>({
      {"+ 3 4", "7.0"},          {"+ 1 2 3 4.5", "10.5"},    {"+ 0.1 0.2", "0.30000000000000004"},
      {"+ 1e16 1 1", "1e+16"},   {"+ 0.0001 0", "0.0001"},   {"+ -0 -0", "-0.0"},
      {"+ 1e308 1e308", "inf"},  {"+ inf -inf", "nan"},      {"- 10 4", "6.0"},
      {"- 1e100 1", "1e+100"},   {"- -1e308 1e308", "-inf"}, {"* 2 3 7", "42.0"},
      {"* 1e200 1e200", "inf"},  {"* 5e-324 0.5", "0.0"},    {"* -1 0", "-0.0"},
      {"* inf 0", "nan"},        {"/ 1 4", "0.25"},          {"/ 1 3", "0.3333333333333333"},
      {"/ 1e308 1e-308", "inf"}, {"/ -1 inf", "-0.0"},
  });
  for (const auto& [input, expected] : samples) {
    CAPTURE(input);
    CHECK(answer(input) == expected);
  }
}

TEST_CASE("an empty sum is 0, an empty product is 1, a single operand is the result") {
  constexpr auto samples = std::to_array<sample>({
      {"+", "0"},
      {"*", "1"},
      {"+ 1e16", "1e+16"},
      {"+ 0.00001", "1e-05"},
      {"* 3", "3.0"},
      {"+ -0", "-0.0"},
      {"+ 2j", "2j"},
      {"* 2+0j", "2.0"},
  });
  for (const auto& [input, expected] : samples) {
    CAPTURE(input);
    CHECK(answer(input) == expected);
  }
}

TEST_CASE("a remainder takes the sign of the divisor") {
  constexpr auto samples = std::to_array<sample>({
      {"% 7 3", "1.0"},
      {"% -7 3", "2.0"},
      {"% 7 -3", "-2.0"},
      {"% -7 -3", "-1.0"},
      {"% 6 -3", "-0.0"},
      {"% -6 3", "0.0"},
      {"% 5.5 2", "1.5"},
      {"% -5 inf", "inf"},
      {"% 5 -inf", "-inf"},
      {"% 5 inf", "5.0"},
      {"% inf 3", "nan"},
      {"% nan 3", "nan"},
  });
  for (const auto& [input, expected] : samples) {
    CAPTURE(input);
    CHECK(answer(input) == expected);
  }
}

TEST_CASE("a power of reals is real while the base is not negative or the exponent is integral") {
  constexpr auto samples = std::to_array<sample>({
      {"** 2 10", "1024.0"},  {"** 2 0.5", "1.4142135623730951"},
      {"** -2 3", "-8.0"},    {"** 2 -1074", "5e-324"},
      {"** 2 -1075", "0.0"},  {"** -0 3", "-0.0"},
      {"** 0 0", "1.0"},      {"** nan 0", "1.0"},
      {"** 1 nan", "1.0"},    {"** nan 1", "nan"},
      {"** inf 2", "inf"},    {"** inf -1", "0.0"},
      {"** -inf 3", "-inf"},  {"** -inf -3", "-0.0"},
      {"** -inf 0.5", "inf"}, {"** -2 inf", "inf"},
      {"** 0.5 inf", "0.0"},  {"** -1 inf", "1.0"},
      {"** 0 -inf", "inf"},
  });
  for (const auto& [input, expected] : samples) {
    CAPTURE(input);
    CHECK(answer(input) == expected);
  }
}

TEST_CASE("a negative base with a fractional exponent gives a complex number") {
  CHECK(answer("** -1 0.5") == "(6.123233995736766e-17+1j)");
  CHECK(answer("** -8 0.3333333333333333") == "(1.0000000000000002+1.7320508075688772j)");
  CHECK(answer("** -1e300 1.5") == "undefined");
}

TEST_CASE("one complex operand makes the arithmetic complex") {
  constexpr auto samples = std::to_array<sample>({
      {"+ 1+2j 3-4j", "(4-2j)"},
      {"+ 1 2 j", "(3+1j)"},
      {"- 1+2j 1", "2j"},
      {"- 1 1+2j", "-2j"},
      {"- -0 2j", "(-0-2j)"},
      {"* 1j 1j", "-1.0"},
      {"* 1+2j 3-4j", "(11+2j)"},
      {"* inf j", "(nan+infj)"},
      {"* 1e200+1e200j 1e200", "(inf+infj)"},
      {"/ 1+2j 3-4j", "(-0.2+0.4j)"},
      {"/ 1+2j 2", "(0.5+1j)"},
      {"/ 1e300+1e300j 1e300+1e300j", "1.0"},
      {"/ 1 nan+j", "(nan+nanj)"},
      {"** 1+1j 2", "2j"},
      {"** 1+2j -1", "(0.2-0.4j)"},
      {"** 2j 0", "1.0"},
      {"** 0j 2", "0.0"},
      {"** 1+0j 101", "1.0"},
      {"** j j", "0.20787957635076193"},
  });
  for (const auto& [input, expected] : samples) {
    CAPTURE(input);
    CHECK(answer(input) == expected);
  }
}

TEST_CASE(
    "division by zero, powers that overflow and remainders of complex numbers are undefined") {
  constexpr auto samples = std::to_array<std::string_view>({
      "/ 1 0",
      "/ 0 -0",
      "/ nan 0",
      "/ 1+1j 0",
      "/ 1 0j",
      "% 7 0",
      "% 1+1j 2",
      "% 2 1+1j",
      "% 2 (1)",
      "** 0 -1",
      "** -0 -0.5",
      "** 0j -1",
      "** 0j -0.5",
      "** 0 j",
      "** 10 400",
      "** -1e200 3",
      "** 5e-324 -1",
      "** 1e200+0j 2",
      "** 1e200+1e200j 2.5",
      "** 2 infj",
  });
  for (const auto input : samples) {
    CAPTURE(input);
    CHECK(answer(input) == "undefined");
  }
}

TEST_CASE(
    "requests with a wrong operation, operand or count are distinguished from undefined ones") {
  CHECK(answer("^ 1 2") == "no operation");
  CHECK(answer("+ three") == "no number");
  CHECK(answer("- 3") == "wrong count");
  CHECK(answer("- 3 2 1") == "wrong count");
  CHECK(answer("/ 1") == "wrong count");
  CHECK(answer("% 1") == "wrong count");
  CHECK(answer("** 1") == "wrong count");
}

TEST_CASE("an operation is exactly its symbol") {
  for (const std::string_view text : {"", " +", "+ ", "++", "***", "//", "add"}) {
    CAPTURE(text);
    CHECK(tools::serve::parse_operation(text) == std::nullopt);
  }
}

TEST_CASE("a real operand is a decimal, inf or nan, with blanks around it") {
  constexpr auto samples = std::to_array<sample>({
      {"3", "3.0"},
      {"+3", "3.0"},
      {"-0.125", "-0.125"},
      {"1.", "1.0"},
      {".5", "0.5"},
      {"-.5E+1", "-5.0"},
      {"007", "7.0"},
      {"1e3", "1000.0"},
      {" \t\n\r\v\f1e3 \t\n\r\v\f", "1000.0"},
      {"inf", "inf"},
      {"-Infinity", "-inf"},
      {"+NaN", "nan"},
      {"-nan", "nan"},
      {"9007199254740993", "9007199254740992.0"},
  });
  for (const auto& [input, expected] : samples) {
    CAPTURE(input);
    CHECK(real(input) == expected);
    CHECK(parts(input) == expected);
  }
}

TEST_CASE("a decimal out of range becomes infinite or zero and keeps its sign") {
  const std::string zeros(400, '0');
  CHECK(real("1e400") == "inf");
  CHECK(real("-1e400") == "-inf");
  CHECK(real("1e-400") == "0.0");
  CHECK(real("-1e-400") == "-0.0");
  CHECK(real("1.7976931348623157e308") == "1.7976931348623157e+308");
  CHECK(real("1.7976931348623159e308") == "inf");
  CHECK(real("3e-324") == "5e-324");
  CHECK(real("2e-324") == "0.0");
  CHECK(real("1" + zeros) == "inf");
  CHECK(real("1" + zeros + "e-400") == "1.0");
  CHECK(real("1" + zeros + ".5e-800") == "0.0");
  CHECK(real("0." + zeros + "1") == "0.0");
  CHECK(real("0." + zeros + "1e401") == "1.0");
  CHECK(real("0." + zeros + "1e800") == "inf");
  CHECK(real("0e99999999999999999999") == "0.0");
  CHECK(real("1e+99999999999999999999") == "inf");
  CHECK(real("1e-99999999999999999999") == "0.0");
}

TEST_CASE("a complex operand has a j, or parentheses") {
  constexpr auto samples = std::to_array<sample>({
      {"j", "0.0 and 1.0 j"},
      {"-j", "0.0 and -1.0 j"},
      {"+J", "0.0 and 1.0 j"},
      {"2j", "0.0 and 2.0 j"},
      {"1+j", "1.0 and 1.0 j"},
      {"1+2j", "1.0 and 2.0 j"},
      {"-1-2j", "-1.0 and -2.0 j"},
      {"1e3-2.5j", "1000.0 and -2.5 j"},
      {"1e+3j", "0.0 and 1000.0 j"},
      {"-0-0j", "-0.0 and -0.0 j"},
      {"nanj", "0.0 and nan j"},
      {"inf-infinityj", "inf and -inf j"},
      {"1e400-1e-400j", "inf and -0.0 j"},
      {"(1+2j)", "1.0 and 2.0 j"},
      {" ( 1+2j\t) ", "1.0 and 2.0 j"},
      {"(3)", "3.0 and 0.0 j"},
  });
  for (const auto& [input, expected] : samples) {
    CAPTURE(input);
    CHECK(parts(input) == expected);
  }
}

TEST_CASE("parentheses and j are refused where a real number is required") {
  CHECK(real("j") == "no number");
  CHECK(real("1+2j") == "no number");
  CHECK(real("(3)") == "no number");
}

TEST_CASE("single underscores between digits have no meaning") {
  CHECK(parts("1_000") == "1000.0");
  CHECK(parts("1_0.5e1_0") == "105000000000.0");
  CHECK(parts("-1_0+2_0j") == "-10.0 and 20.0 j");
  CHECK(real("0.2_5") == "0.25");
  CHECK(answer("+ 1_000 1") == "1001.0");
}

TEST_CASE("text with anything besides a number is refused") {
  constexpr auto samples = std::to_array<std::string_view>({
      "",
      " ",
      "three",
      ".",
      "-",
      "+-1",
      "--1",
      "1e",
      "1e+",
      "e5",
      "1.2.3",
      "1,5",
      "1 2",
      "- 1",
      "1__000",
      "_1",
      "1_",
      "1_.5",
      "1e_5",
      "0x10",
      "infi",
      "nano",
      "1 +2j",
      "1+ 2j",
      "1+2 j",
      "1+2",
      "1+-2j",
      "1++j",
      "1+2jj",
      "1+2j+3",
      "1ej",
      "2i",
      "j2",
      "()",
      "( )",
      "(1",
      "1)",
      "((1))",
      "(1)j",
      "(1)(2)",
      "\xd9\xa3",  // a digit, but not an ASCII one
      std::string_view{"1\0", 2},
  });
  for (const auto input : samples) {
    CAPTURE(input);
    CHECK(parts(input) == "no number");
    CHECK(real(input) == "no number");
  }
}

TEST_CASE("a real is shown in its shortest form, with an exponent below 1e-4 and from 1e16 on") {
  constexpr auto samples = std::to_array<sample>({
      {"7", "7.0"},
      {"0.1", "0.1"},
      {"-0.0", "-0.0"},
      {"0.0001", "0.0001"},
      {"0.00009999", "9.999e-05"},
      {"-0.00001", "-1e-05"},
      {"9999999999999998", "9999999999999998.0"},
      {"10000000000000000", "1e+16"},
      {"123456789012345678", "1.2345678901234568e+17"},
      {"1e100", "1e+100"},
      {"5e-324", "5e-324"},
      {"-2.2250738585072014e-308", "-2.2250738585072014e-308"},
  });
  for (const auto& [input, expected] : samples) {
    CAPTURE(input);
    CHECK(real(input) == expected);
  }
}

TEST_CASE("the sign of a nan is not shown") {
  const double nan = std::copysign(std::nan(""), -1.0);
  CHECK(tools::serve::to_text({.real = nan}) == "nan");
  CHECK(tools::serve::to_text({.real = nan, .imaginary = nan, .complex = true}) == "(nan+nanj)");
}

TEST_CASE("the parts of a complex number are shown without a needless point") {
  constexpr auto samples = std::to_array<sample>({
      {"4-2j", "(4-2j)"},
      {"1.5+0.25j", "(1.5+0.25j)"},
      {"-2j", "-2j"},
      {"-0-2j", "(-0-2j)"},
      {"-0+2j", "(-0+2j)"},
      {"1e16+1e-5j", "(1e+16+1e-05j)"},
      {"inf-infj", "(inf-infj)"},
      {"nanj", "nanj"},
      {"5+0j", "5.0"},
      {"-0-0j", "-0.0"},
  });
  for (const auto& [input, expected] : samples) {
    CAPTURE(input);
    CHECK(tools::serve::to_text(*tools::serve::parse_number(input)) == expected);
  }
}
