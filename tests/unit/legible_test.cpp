// Which characters people get to see as they are, how wide they are, and what counts as text.
#include "format/legible.hpp"

#include <chunk/escape.hpp>

#include <doctest/doctest.h>

#include <clocale>
#include <string>
#include <string_view>

namespace {

using namespace std::string_view_literals;

/// Says whether there is a locale with UTF-8, and sets it.
bool has_utf8_locale() {
  static const bool has = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
  return has;
}

std::string notation_of(std::string_view bytes) {
  constexpr chunk::escape_set escapes{"%\""};
  return chunk::escaped(std::as_bytes(std::span(bytes)), escapes);
}

/// Shows bytes as on a terminal with UTF-8, behind the columns that they take.
std::string shown(std::string_view bytes) {
  std::string out;
  const auto columns = tools::format::append_legible(out, notation_of(bytes), true);
  return std::to_string(columns) + ' ' + out;
}

bool is_text(std::string_view bytes, bool utf8) {
  return tools::format::is_text(std::as_bytes(std::span(bytes)), utf8);
}

}  // namespace

TEST_CASE("without UTF-8 a text stays as the notation writes it") {
  for (const auto text : {""sv, "a%c3%bcb"sv, "100%25"sv, "%"sv, "%4"sv}) {
    CAPTURE(text);
    std::string out;
    CHECK(tools::format::append_legible(out, text, false) == text.size());
    CHECK(out == text);
    CHECK(tools::format::count_columns(text, false) == text.size());
  }
}

TEST_CASE("printable UTF-8 is shown as it is, and counted by its width") {
  if (!has_utf8_locale()) return;
  CHECK(shown("gr\u00fc\u00dfe") == "5 gr\u00fc\u00dfe");
  CHECK(shown("\u4f60\u597d!") == "5 \u4f60\u597d!");
  CHECK(shown("\u05e9\u05dc\u05d5\u05dd") == "4 \u05e9\u05dc\u05d5\u05dd");
  CHECK(shown("\U0001f600") == "2 \U0001f600");
}

TEST_CASE("marks belong to the character before them, up to four of them") {
  if (!has_utf8_locale()) return;
  CHECK(shown("e\u0301x") == "2 e\u0301x");
  CHECK(shown("\u00e4\u0323\u0301") == "1 \u00e4\u0323\u0301");
  CHECK(shown("e\u0301\u0301\u0301\u0301\u0301") == "7 e\u0301\u0301\u0301\u0301%cc%81");
  CHECK(shown("\u0301") == "6 %cc%81");
  CHECK(shown("-\u0301") == "7 -%cc%81");
  CHECK(shown("%\u0301") == "9 %25%cc%81");
}

TEST_CASE("what has no width, turns the text around, or controls the terminal is escaped") {
  if (!has_utf8_locale()) return;
  const auto is_escaped = [](std::string_view bytes) {
    return shown('a' + std::string(bytes) + 'b') ==
           std::to_string(2 + 3 * bytes.size()) + " a" + notation_of(bytes) + 'b';
  };
  for (const auto each :
       {"\u202a",     "\u202e", "\u2066", "\u2069", "\u200e",    "\u200f", "\u061c",  // direction
        "\u200b",     "\u200d", "\ufeff", "\u2060", "\u00ad",    "\u034f", "\ufe0f",
        "\u115f",     "\u3164",
        "\U000e0041",                                                       // nothing to be seen
        "\u0080",     "\u009b", "\u009f", "\u0007", "\u001b",    "\u007f",  // control characters
        "\u2028",     "\u2029", "\u0378", "\uffff", "\U0010ffff"}) {
    CAPTURE(notation_of(each));
    CHECK(is_escaped(each));
  }
}

TEST_CASE("bytes that are not UTF-8 are escaped") {
  if (!has_utf8_locale()) return;
  for (const auto each : {"\xff"sv, "\xc3"sv, "\xc0\xaf"sv, "\xe0\x80\xaf"sv, "\xed\xa0\x80"sv,
                          "\xf4\x90\x80\x80"sv, "\x80"sv, "\xe2\x82"sv, "\xf8\x88\x80\x80\x80"sv}) {
    CAPTURE(notation_of(each));
    CHECK(shown(each) == std::to_string(3 * each.size()) + ' ' + notation_of(each));
    CHECK(shown(std::string(each) + "\u00fc") ==
          std::to_string(3 * each.size() + 1) + ' ' + notation_of(each) + "\u00fc");
    CHECK_FALSE(is_text(each, true));
  }
}

TEST_CASE("pieces stand for all bytes") {
  if (!has_utf8_locale()) return;
  const auto bytes = "a%\"\u00fc\u4f60e\u0301\u202e\xff\n\x01\xc3"sv;
  const auto notation = notation_of(bytes);
  for (const bool utf8 : {false, true}) {
    std::size_t sum = 0;
    for (tools::format::legible_text text(notation, utf8); !text.done();) sum += text.next().bytes;
    CHECK(sum == bytes.size());
  }
}

TEST_CASE("text has printable characters, tabs and line ends") {
  CHECK(is_text("a", false));
  CHECK(is_text("one\r\n\ttwo\n", false));
  CHECK_FALSE(is_text("", false));
  CHECK_FALSE(is_text("\n", false));
  CHECK_FALSE(is_text("a\0"sv, false));
  CHECK_FALSE(is_text("a\x1b[2J", false));
  CHECK_FALSE(is_text("a\x7f", false));
  CHECK_FALSE(is_text("\u00fc", false));
  if (!has_utf8_locale()) return;
  CHECK(is_text("\u00fc", true));
  CHECK(is_text("a\u202eb", true));
  CHECK_FALSE(is_text("a\u009b", true));
  CHECK_FALSE(is_text("a\0"sv, true));
}
