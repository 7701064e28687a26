// Text that is longer than a line: where its rows end, and where they begin in the stream.
#include "format/hex/text_rows.hpp"

#include <doctest/doctest.h>

#include <clocale>
#include <span>
#include <string>
#include <string_view>

namespace {

std::string rows(std::string_view text, tools::format::text_row_options how,
                 std::uint64_t offset = 0) {
  std::string out;
  tools::format::text_rows(out).add(std::as_bytes(std::span(text)), offset, how);
  return out;
}

/// Rows of `columns` columns of text.
tools::format::text_row_options of_columns(std::size_t columns) {
  return {.label = {}, .indent = 2, .columns = columns + 13};
}

}  // namespace

TEST_CASE("a row ends where it is full") {
  CHECK(rows("abcdefghijklmnopqrstuvwxyz0123456789", of_columns(16), 0x10) ==
        "00000010   \"abcdefghijklmnop\"\n"
        "00000020   \"qrstuvwxyz012345\"\n"
        "00000030   \"6789\"\n");
  CHECK(rows("abcdefghijklmnop", of_columns(16)) == "00000000   \"abcdefghijklmnop\"\n");
}

TEST_CASE("a row ends with a line of the text") {
  CHECK(rows("one\r\n\ntwo\n", of_columns(20)) ==
        "00000000   \"one%0d%0a\"\n"
        "00000005   \"%0a\"\n"
        "00000006   \"two%0a\"\n");
  // A line end that does not fit has a row of its own.
  CHECK(rows("abcdefghijklmnop\nx", of_columns(18)) ==
        "00000000   \"abcdefghijklmnop\"\n"
        "00000010   \"%0a\"\n"
        "00000011   \"x\"\n");
}

TEST_CASE("escapes are not divided") {
  CHECK(rows("abcdefghijklmn\"\"op", of_columns(16)) ==
        "00000000   \"abcdefghijklmn\"\n"
        "0000000e   \"%22%22op\"\n");
}

TEST_CASE("neither are characters, whose width is that on the terminal") {
  if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) return;
  auto how = of_columns(17);
  how.utf8 = true;
  CHECK(rows("\u4f60\u4f60\u4f60\u4f60\u4f60\u4f60\u4f60\u4f60\u4f60.", how) ==
        "00000000   \"\u4f60\u4f60\u4f60\u4f60\u4f60\u4f60\u4f60\u4f60\"\n"
        "00000018   \"\u4f60.\"\n");
  CHECK(rows("0123456789abcdefe\u0301e\u0301", how) ==
        "00000000   \"0123456789abcdefe\u0301\"\n"
        "00000013   \"e\u0301\"\n");
}

TEST_CASE("rows that repeat the one before are shown as one asterisk") {
  const std::string_view text = "same\nsame\nsame\nother\n";
  auto how = of_columns(20);
  how.label = "1 > ";
  CHECK(rows(text, how) ==
        "1 > 00000000   \"same%0a\"\n"
        "1 > *\n"
        "1 > 0000000f   \"other%0a\"\n");
  how.squeeze = false;
  CHECK(rows(text, how) ==
        "1 > 00000000   \"same%0a\"\n"
        "1 > 00000005   \"same%0a\"\n"
        "1 > 0000000a   \"same%0a\"\n"
        "1 > 0000000f   \"other%0a\"\n");
}

TEST_CASE("offsets beyond 4 GiB take room") {
  CHECK(rows("abcdefghijklmnopqrst", of_columns(18), 0xfffffff8) ==
        "fffffff8   \"abcdefghijklmnopqr\"\n"
        "10000000a   \"st\"\n");
}

TEST_CASE("a narrow terminal still has rows of sixteen columns") {
  CHECK(rows("abcdefghijklmnopq", {.label = {}, .indent = 2, .columns = 5}) ==
        "00000000   \"abcdefghijklmnop\"\n"
        "00000010   \"q\"\n");
}
