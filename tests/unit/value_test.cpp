#include "support/bytes.hpp"

#include <chunk/value.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

using namespace std::literals;
using chunk::value_type;
using support::bytes;

namespace {

constexpr std::array all_types{
    value_type::bytes,  value_type::text, value_type::integer, value_type::decimal,
    value_type::number, value_type::u8,   value_type::u16,     value_type::u32,
    value_type::u64,    value_type::i8,   value_type::i16,     value_type::i32,
    value_type::i64,    value_type::f32,  value_type::f64,     value_type::hex,
    value_type::id,
};

/// The result of show(), or the reason for its failure.
std::string shown(std::string_view type, std::string_view payload) {
  const auto known = chunk::find_value_type(type);
  if (!known) return "no such type";
  const auto wire = support::copied(payload);
  const auto out = chunk::show(*known, wire);
  if (out) return *out;
  return out.error().code.message() + ": " + out.error().detail;
}

struct sample {
  std::string_view payload;
  std::string_view expected;
};

}  // namespace

TEST_CASE("each type is found by its name") {
  for (const auto type : all_types) {
    CAPTURE(to_text(type));
    CHECK(chunk::find_value_type(to_text(type)) == type);
  }
  CHECK(to_text(value_type::bytes) == "bytes");
  CHECK(to_text(value_type::i64) == "i64");
  CHECK(to_text(value_type::id) == "id");
  for (const auto name : {"", "Text", "u128", "text ", "float"}) {
    CAPTURE(name);
    CHECK_FALSE(chunk::find_value_type(name));
  }
}

TEST_CASE("text is shown in quotes, with escapes for quotes, percent signs and non-ASCII") {
  CHECK(shown("text", "") == R"("")");
  CHECK(shown("text", "hi there!") == R"("hi there!")");
  CHECK(shown("text", "50% \"off\"") == R"("50%25 %22off%22")");
  CHECK(shown("text", "a\n\x1b[2J\x7f") == R"("a%0a%1b[2J%7f")");
  CHECK(shown("text", "gr\xc3\xbc\xc3\x9f") == R"("gr%c3%bc%c3%9f")");
}

TEST_CASE(
    "text is UTF-8: no stray, truncated, overlong or surrogate sequences, none above 10ffff") {
  for (const auto good :
       {"\xc2\x80"sv, "\xdf\xbf"sv, "\xe0\xa0\x80"sv, "\xed\x9f\xbf"sv, "\xee\x80\x80"sv,
        "\xef\xbf\xbf"sv, "\xf0\x90\x80\x80"sv, "\xf4\x8f\xbf\xbf"sv, "\0"sv}) {
    CAPTURE(support::hex(bytes(good)));
    CHECK(chunk::check(value_type::text, bytes(good)));
    if (good.size() > 1) CHECK_FALSE(chunk::check(value_type::text, bytes(good.substr(1))));
    const auto cut = support::copied(good.substr(0, good.size() - 1));
    CHECK(chunk::check(value_type::text, cut).has_value() == cut.empty());
  }
  for (const auto bad :
       {"\x80"sv, "\xbf"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xc2\x41"sv, "\xe0\x9f\xbf"sv,
        "\xed\xa0\x80"sv, "\xed\xbf\xbf"sv, "\xe1\x80\x41"sv, "\xf0\x8f\xbf\xbf"sv,
        "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xf1\x80\x80\x41"sv, "\xff"sv}) {
    CAPTURE(support::hex(bytes(bad)));
    CHECK_FALSE(chunk::check(value_type::text, bytes(bad)));
  }
}

TEST_CASE("invalid text is quoted from the place where it is invalid") {
  CHECK(shown("text", "\xff") == "protocol violation: '%ff' is not UTF-8");
  CHECK(shown("text", "gr\xc3\xbc\xc3") == "protocol violation: '%c3' after 4 bytes is not UTF-8");
}

TEST_CASE("bytes are shown as text if they are printable, and otherwise in hexadecimal digits") {
  CHECK(shown("bytes", "") == R"("")");
  CHECK(shown("bytes", "50% \"off\"") == R"("50%25 %22off%22")");
  CHECK(shown("bytes", "a\n") == "0x610a");
  CHECK(shown("bytes", "\x7f") == "0x7f");
  CHECK(shown("hex", "\xca\xfe\0"sv) == "0xcafe00");
  CHECK(shown("hex", "abc") == "0x616263");
  CHECK(shown("hex", "") == "0x");
}

TEST_CASE("an integer has digits and perhaps a sign, and is shown without blanks") {
  constexpr auto samples = std::to_array<sample>({
      {"0", "0"},
      {"007", "007"},
      {"-12", "-12"},
      {"+3", "+3"},
      {" \t42\r\n", "42"},
      {"123456789012345678901234567890", "123456789012345678901234567890"},
  });
  for (const auto& each : samples) CHECK(shown("integer", each.payload) == each.expected);
  for (const auto bad : {"", " ", "-", "+", "--1", "1.0", "1e3", "0x1", "1 2", "one", "1j"}) {
    CAPTURE(bad);
    CHECK(shown("integer", bad) ==
          "protocol violation: '" + std::string(bad) + "' is not an integer");
  }
}

TEST_CASE("a decimal number is finite and real") {
  for (const auto good : {"3.5", "-0.125", "1e3", "1E-400", ".5", "5.", "+7", "1.5e+10"}) {
    CAPTURE(good);
    CHECK(shown("decimal", ' ' + std::string(good) + '\n') == good);
  }
  for (const auto bad : {"", ".", "inf", "nan", "1j", "(1)", "1e", "e5", "1,5", "1 5", "0x1p3"}) {
    CAPTURE(bad);
    CHECK(shown("decimal", bad) ==
          "protocol violation: '" + std::string(bad) + "' is not a decimal number");
  }
}

TEST_CASE("a number may be complex, infinite or not a number, and is shown without blanks") {
  constexpr auto samples = std::to_array<sample>({
      {"3", "3"},
      {"-inf", "-inf"},
      {"NaN", "NaN"},
      {"Infinity", "Infinity"},
      {"1+2j", "1+2j"},
      {"(1+2j)", "(1+2j)"},
      {" ( 1-2.5J\t) \n", "(1-2.5J)"},
      {"j", "j"},
      {"-j", "-j"},
      {"inf+nanj", "inf+nanj"},
      {"(3)", "(3)"},
      {"1e3-j", "1e3-j"},
  });
  for (const auto& each : samples) CHECK(shown("number", each.payload) == each.expected);
  for (const auto bad : {"", " ", "x", "1+2", "1 +2j", "()", "((1))", "(1", "1)", "jj", "1j2"}) {
    CAPTURE(bad);
    CHECK(shown("number", bad) == "protocol violation: '" + std::string(bad) + "' is not a number");
  }
}

TEST_CASE("binary numbers are little-endian") {
  CHECK(shown("u8", "\xff") == "255");
  CHECK(shown("u16", "\1\0"sv) == "1");
  CHECK(shown("u16", "\x34\x12") == "4660");
  CHECK(shown("u32", "\1\0\0\0"sv) == "1");
  CHECK(shown("u32", "\xff\xff\xff\xff") == "4294967295");
  CHECK(shown("u64", "\1\0\0\0\0\0\0\x80"sv) == "9223372036854775809");
  CHECK(shown("i8", "\xff") == "-1");
  CHECK(shown("i8", "\x7f") == "127");
  CHECK(shown("i16", "\0\x80"sv) == "-32768");
  CHECK(shown("i32", "\xfe\xff\xff\xff") == "-2");
  CHECK(shown("i64", "\0\0\0\0\0\0\0\x80"sv) == "-9223372036854775808");
}

TEST_CASE("floats are shown by the shortest decimal that reads back the same") {
  CHECK(shown("f32", "\xcd\xcc\xcc\x3d") == "0.1");
  CHECK(shown("f32", "\0\0\x80\x7f"sv) == "inf");
  CHECK(shown("f64", "\x9a\x99\x99\x99\x99\x99\xb9\x3f") == "0.1");
  CHECK(shown("f64", "\0\0\0\0\0\0\x1c\x40"sv) == "7");
  CHECK(shown("f64", "\0\0\0\0\0\0\0\x80"sv) == "-0");
  CHECK(shown("f64", "\0\0\0\0\0\0\xf0\xff"sv) == "-inf");
  CHECK(shown("f64", "\0\0\0\0\0\0\xf8\xff"sv) == "nan");
  CHECK(shown("f64", "\1\0\0\0\0\0\x10\x80"sv) == "-2.225073858507202e-308");
}

TEST_CASE("an ID is shown as the notation writes it") {
  CHECK(shown("id", "STS ") == "STS%20");
  CHECK(shown("id", "\0\1ab"sv) == "%00%01ab");
}

TEST_CASE("an ID is read from its four bytes and no others") {
  const auto four = std::make_unique<std::byte[]>(4);  // so that a sanitizer sees a fifth one
  std::fill_n(four.get(), 4, std::byte{'I'});
  CHECK(*chunk::show(value_type::id, std::span(four.get(), 4)) == "IIII");
}

TEST_CASE("a value of fixed size has exactly that size") {
  for (const auto type : all_types) {
    const auto name = to_text(type);
    CAPTURE(name);
    std::string fitting;
    for (std::size_t size = 0; size <= 9; ++size) {
      if (chunk::check(type, support::copied(std::string(size, '1')))) {
        fitting += std::to_string(size);
      }
    }
    if (name == "u8" || name == "i8") CHECK(fitting == "1");
    if (name == "u16" || name == "i16") CHECK(fitting == "2");
    if (name == "u32" || name == "i32" || name == "f32" || name == "id") CHECK(fitting == "4");
    if (name == "u64" || name == "i64" || name == "f64") CHECK(fitting == "8");
  }
  CHECK(shown("u32", "abc") == "protocol violation: 3 bytes are not a u32, which has 4");
  CHECK(shown("id", "") == "protocol violation: 0 bytes are not an ID, which has 4");
}

TEST_CASE("the reason quotes only the start of a long payload, and in ASCII") {
  CHECK(shown("integer", std::string(100'000, '\x1b')).size() < 200);
  CHECK(shown("integer", "12345678901234567890123456789012x3") ==
        "protocol violation: '12345678901234567890123456789012...' is not an integer");
  CHECK(shown("decimal", "\x1b[2J") == "protocol violation: '%1b[2J' is not a decimal number");
}

TEST_CASE("a plain number is one that JSON has") {
  for (const auto good : {"0", "-0", "10", "3.5", "-0.125", "1e3", "1E+3", "1.5e-10"}) {
    CAPTURE(good);
    CHECK(chunk::is_plain_number(good));
  }
  for (const auto bad :
       {"",    "-",    "+3",  "007",  "00",    ".5", "5.", "1e",  "1e+",   "inf",
        "nan", "1+2j", "(3)", "0x10", "\"3\"", " 3", "3 ", "--3", "1e999", "-1e999"}) {
    CAPTURE(bad);
    CHECK_FALSE(chunk::is_plain_number(bad));
  }
}
