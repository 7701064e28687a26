#include "support/bytes.hpp"

#include <chunk/escape.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <random>
#include <string>
#include <string_view>

using namespace std::literals;
using support::bytes;
using support::char_of;
using support::chars;

namespace {

/// The bytes that `text` stands for, or the error.
std::string unescaped(std::string_view text) {
  const auto out = chunk::unescape(text);
  return out ? chars(*out) : "! " + out.error().code.message() + ": " + to_text(out.error());
}

}  // namespace

TEST_CASE("a byte is escaped as a percent sign and two lower-case digits") {
  std::string out = "x";
  chunk::append_escape(out, std::byte{0x00});
  chunk::append_escape(out, std::byte{0x0a});
  chunk::append_escape(out, std::byte{0xff});
  CHECK(out == "x%00%0a%ff");
}

TEST_CASE("every byte outside 0x20-0x7E is in every escape set, and what was asked for") {
  constexpr chunk::escape_set which{"%\x7e"};
  for (int value = 0; value < 256; ++value) {
    CAPTURE(value);
    const bool expected = value < 0x20 || value > 0x7e || value == '%' || value == '~';
    CHECK(which.contains(static_cast<std::byte>(value)) == expected);
  }
}

TEST_CASE("a byte has the same text wherever it stands, in texts of every length") {
  constexpr chunk::escape_set many{" !\"#$%&'()*+,-./:;<=>?@[\\]^`{|}"};
  constexpr chunk::escape_set few{"%"};
  std::mt19937 random(1);
  for (const auto& which : {many, few, chunk::word_escapes, chunk::quote_escapes}) {
    for (std::size_t size = 0; size < 3000; size += size < 100 ? 1 : 97) {
      CAPTURE(size);
      // As many texts with an escape now and then as texts of random bytes.
      for (int round = 0; round < 8; ++round) {
        std::string text(size, 'x');
        for (auto& each : text) {
          if (round % 2 == 0 || random() % 16 == 0)
            each = char_of(static_cast<int>(random() % 256));
        }
        std::string expected = "> ";
        for (const auto value : bytes(text)) {
          if (which.contains(value)) {
            chunk::append_escape(expected, value);
          } else {
            expected += static_cast<char>(value);
          }
        }
        std::string out = "> ";
        chunk::append_escaped(out, bytes(text), which);
        CHECK(out == expected);
      }
    }
  }
}

TEST_CASE("escaped bytes are plain ASCII and read back the same, whatever surrounds them") {
  for (int value = 0; value < 256; ++value) {
    CAPTURE(value);
    const char one = char_of(value);
    const std::string text{'a', one, one, 'b', one};
    const auto shown = chunk::escaped(bytes(text));
    CHECK(shown.find_first_not_of("%0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "!#$&'()*+,-./:;<>?@[]^_`{|}~") == std::string::npos);
    CHECK(unescaped(shown) == text);
  }
}

TEST_CASE("a word holds no space, quote, equals sign, backslash or bare percent sign") {
  CHECK(chunk::escaped(bytes(R"(a b"c=d\e%f)")) == "a%20b%22c%3dd%5ce%25f");
}

TEST_CASE("a quotation keeps every printable character as it is") {
  CHECK(chunk::escaped(bytes("50% = \x1b[2J"), chunk::quote_escapes) == "50% = %1b[2J");
}

TEST_CASE("escaping appends and accepts no bytes") {
  std::string out = "x";
  chunk::append_escaped(out, {}, chunk::word_escapes);
  CHECK(out == "x");
  CHECK(chunk::escaped({}) == "");
}

TEST_CASE("text without a percent sign stands for itself") {
  CHECK(unescaped("") == "");
  CHECK(unescaped("hi there! :=@") == "hi there! :=@");
  CHECK(unescaped("\0\xff"sv) == "\0\xff"s);
}

TEST_CASE("hexadecimal digits may be lower or upper case") {
  CHECK(unescaped("%4e%4F%aB%Ba%00") == "NO\xab\xba\0"s);
}

TEST_CASE("an unescaped percent sign does not start another escape") {
  CHECK(unescaped("%2541") == "%41");
}

TEST_CASE("a percent sign without two hexadecimal digits is an error that quotes it") {
  CHECK(unescaped("%") == "! not a chunk: '%': % needs two hexadecimal digits");
  CHECK(unescaped("ab%4") == "! not a chunk: '%4': % needs two hexadecimal digits");
  CHECK(unescaped("ab%4gcd") == "! not a chunk: '%4g': % needs two hexadecimal digits");
  CHECK(unescaped("%g4") == "! not a chunk: '%g4': % needs two hexadecimal digits");
  CHECK(unescaped("%%41") == "! not a chunk: '%%4': % needs two hexadecimal digits");
  CHECK(unescaped("%+1") == "! not a chunk: '%+1': % needs two hexadecimal digits");
}

TEST_CASE("the quotation of a bad escape holds no raw byte of it") {
  CHECK(unescaped("%\x1b[") == "! not a chunk: '%%1b[': % needs two hexadecimal digits");
}

TEST_CASE("exactly the hexadecimal digits are digits of an escape") {
  for (int value = 0; value < 256; ++value) {
    CAPTURE(value);
    const bool digit = "0123456789abcdefABCDEF"sv.find(char_of(value)) != std::string_view::npos;
    CHECK(chunk::unescape(std::string{'%', char_of(value), '0'}).has_value() == digit);
    CHECK(chunk::unescape(std::string{'%', '0', char_of(value)}).has_value() == digit);
  }
}
