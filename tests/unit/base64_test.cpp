#include "format/base64.hpp"

#include "support/bytes.hpp"

#include <chunk/error.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace std::string_view_literals;

/// Source: RFC 4648, section 10
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> vectors{{
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
}};

std::string encoded(std::string_view text) {
  std::string out;
  tools::format::append_base64(out, support::copied(text));
  return out;
}

std::string reason(std::string_view text) {
  const auto parsed = tools::format::parse_base64(text);
  if (parsed) return "accepted";
  CHECK(parsed.error().code == chunk::errc::malformed);
  return to_text(parsed.error());
}

std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string out(size, '\0');
  for (auto& each : out) each = static_cast<char>(random() & 0xff);
  return out;
}

}  // namespace

TEST_CASE("the test vectors of RFC 4648 hold in both directions") {
  for (const auto& [bytes, text] : vectors) {
    CAPTURE(bytes);
    CHECK(encoded(bytes) == text);
    CHECK(support::chars(value_or_throw(tools::format::parse_base64(text))) == bytes);
  }
  CHECK(encoded("\xfb\xff\xbe\0"sv) == "+/++AA==");
}

TEST_CASE("bytes in pieces give the same text as all at once, and the text decodes to them") {
  constexpr unsigned seed = 4648;
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (std::size_t size = 0; size < 70; ++size) {
    CAPTURE(size);
    const auto bytes = random_bytes(random, size);
    const auto whole = encoded(bytes);
    CHECK(support::chars(value_or_throw(tools::format::parse_base64(whole))) == bytes);
    for (std::size_t piece = 1; piece < 9; ++piece) {
      CAPTURE(piece);
      std::string out;
      tools::format::base64_writer writer(out);
      auto rest = support::bytes(bytes);
      while (!rest.empty()) {
        const auto count = std::min(piece, rest.size());
        writer.add(rest.first(count));
        rest = rest.subspan(count);
      }
      writer.add({});
      writer.end();
      CHECK(out == whole);
    }
  }
}

TEST_CASE("a writer that has ended can write another text") {
  std::string out;
  tools::format::base64_writer writer(out);
  writer.add(support::bytes("f"));
  writer.end();
  writer.add(support::bytes("fo"));
  writer.end();
  writer.end();
  CHECK(out == "Zg==Zm8=");
}

TEST_CASE("text that no writer produces is refused") {
  CHECK(reason("Z") == "no base64: not a multiple of four digits");
  CHECK(reason("Zg=") == "no base64: not a multiple of four digits");
  CHECK(reason("Zg") == "no base64: not a multiple of four digits");
  CHECK(reason("====") == "no base64: not a digit in it");
  CHECK(reason("Z===") == "no base64: not a digit in it");
  CHECK(reason("Zg==Zg==") == "no base64: not a digit in it");
  CHECK(reason("Zm9v\nZm8") == "no base64: not a digit in it");
  CHECK(reason("Zm9-") == "no base64: not a digit in it");
  CHECK(reason("Zm9_") == "no base64: not a digit in it");
  CHECK(reason("Zm9\x80") == "no base64: not a digit in it");
  CHECK(reason("Zh==") == "no base64: bits left over at its end");
  CHECK(reason("Zm9=") == "no base64: bits left over at its end");
}

TEST_CASE("every character other than the digits is refused at every place of a group") {
  constexpr auto digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"sv;
  for (int value = 0; value < 256; ++value) {
    CAPTURE(value);
    const char each = support::char_of(value);
    const bool digit = digits.find(each) != digits.npos;
    for (const std::size_t place : {0U, 1U, 2U, 3U}) {
      std::string text = "AAAAAAAA";
      text[place] = each;
      CHECK(tools::format::parse_base64(text).has_value() == digit);
    }
  }
}
