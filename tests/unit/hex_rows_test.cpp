// Rows of a hexdump, in whatever pieces their bytes come.
#include "format/hex/hex_rows.hpp"

#include "format/offset.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using bytes = std::vector<std::byte>;

bytes random_bytes(std::size_t count, std::uint32_t seed) {
  std::mt19937 source(seed);
  bytes out(count);
  for (auto& each : out) each = static_cast<std::byte>(source() & 0xff);
  return out;
}

bytes repeated(std::string_view pattern, std::size_t times) {
  bytes out;
  for (std::size_t at = 0; at < times; ++at) {
    const auto more = std::as_bytes(std::span(pattern));
    out.insert(out.end(), more.begin(), more.end());
  }
  return out;
}

std::string rows(const bytes& from, tools::format::row_options how, std::size_t piece,
                 std::uint64_t offset = 0) {
  std::string out;
  tools::format::hex_rows to(out, how);
  to.start(offset, 2);
  auto rest = std::span(from);
  while (!rest.empty()) {
    const auto taken = std::min(piece, rest.size());
    // A separate copy, so that the result cannot depend on memory around it or kept there.
    const bytes copy(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(taken));
    to.add(copy);
    rest = rest.subspan(taken);
  }
  to.finish();
  return out;
}

std::string one_row(tools::format::row_kernel kernel, const bytes& from) {
  std::string out(tools::format::hex_columns(from.size()) + from.size(), '_');
  kernel(from.data(), from.size(), out.data(),
         out.data() + tools::format::hex_columns(from.size()));
  return out;
}

}  // namespace

TEST_CASE("a row has offset, digits in groups of eight, and text") {
  const auto text = repeated("0123456789abcdef\x1b\x7f\x80 ~", 1);
  CHECK(rows(text, {}, 100, 0x1f8) ==
        "000001f8    30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef\n"
        "00000208    1b 7f 80 20 7e                                    ... ~\n");
}

TEST_CASE("a row can be of any width") {
  const auto text = repeated("abcdefghijkl", 1);
  CHECK(rows(text, {.bytes = 5}, 100) ==
        "00000000    61 62 63 64 65  abcde\n"
        "00000005    66 67 68 69 6a  fghij\n"
        "0000000a    6b 6c           kl\n");
  CHECK(rows(text, {.bytes = 1}, 100).starts_with("00000000    61  a\n00000001    62  b\n"));
  CHECK(rows(text, {.bytes = 24}, 100) ==
        "00000000    61 62 63 64 65 66 67 68  69 6a 6b 6c                                       "
        "abcdefghijkl\n");
}

TEST_CASE("columns are aligned to the widest row") {
  for (const std::size_t width : {1U, 7U, 8U, 9U, 16U, 32U, 256U}) {
    CAPTURE(width);
    const auto row = rows(random_bytes(width, 1), {.bytes = width}, 1000);
    CHECK(row.size() == tools::format::hex_rows::columns(width, 2) + 1);
  }
}

TEST_CASE("every kernel writes the same row") {
  for (std::size_t count = 0; count <= 256; ++count) {
    CAPTURE(count);
    const auto from = random_bytes(count, static_cast<std::uint32_t>(count));
    CHECK(one_row(tools::format::fastest_row_kernel(), from) ==
          one_row(tools::format::write_row_by_table, from));
  }
}

TEST_CASE("every byte has the same digits and text from every kernel") {
  for (unsigned value = 0; value < 256; ++value) {
    CAPTURE(value);
    const bytes from(16, static_cast<std::byte>(value));
    const auto row = one_row(tools::format::fastest_row_kernel(), from);
    CHECK(row == one_row(tools::format::write_row_by_table, from));
    CHECK(row.substr(0, 2) == std::string(tools::format::digit_pairs[value].data(), 2));
    CHECK(row.back() == (value >= 0x20 && value < 0x7f ? static_cast<char>(value) : '.'));
  }
}

TEST_CASE("rows are the same for every way to split the bytes") {
  auto from = random_bytes(50, 7);
  const auto same = repeated("sixteen bytes...", 5);
  from.insert(from.end(), same.begin(), same.end());
  for (const std::size_t width : {8U, 16U, 24U}) {
    for (const bool squeeze : {false, true}) {
      for (const auto* colours : {&tools::format::no_colours, &tools::format::colours}) {
        const tools::format::row_options how{width, squeeze, colours};
        const auto expected = rows(from, how, from.size());
        for (std::size_t piece = 1; piece < from.size(); ++piece) {
          CAPTURE(piece);
          CHECK(rows(from, how, piece) == expected);
        }
      }
    }
  }
}

TEST_CASE("rows that repeat the one before are shown as one asterisk") {
  const auto same = repeated("sixteen bytes...", 4);
  const std::string first =
      "00000000    73 69 78 74 65 65 6e 20  62 79 74 65 73 2e 2e 2e  sixteen bytes...\n";
  CHECK(rows(same, {}, 1000) == first + "*\n");
  auto more = same;
  more.push_back(std::byte{'!'});
  CHECK(rows(more, {}, 1000) == first + "*\n" +
                                    "00000040    21                                                "
                                    "!\n");
  CHECK(rows(repeated("sixteen bytes...", 1), {}, 1000) == first);
}

TEST_CASE("without squeezing every row is shown") {
  const auto text = rows(repeated("sixteen bytes...", 4), {.squeeze = false}, 1000);
  CHECK(text.find('*') == std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
}

TEST_CASE("a new run does not repeat the one before") {
  std::string out;
  tools::format::hex_rows to(out, {.bytes = 2});
  for (const std::uint64_t offset : {0U, 2U}) {
    to.start(offset, 0);
    to.add(repeated("ab", 1));
    to.finish();
  }
  CHECK(out == "00000000  61 62  ab\n00000002  61 62  ab\n");
}

TEST_CASE("offsets beyond 4 GiB have more digits") {
  CHECK(rows(repeated("ab", 2), {.bytes = 2, .squeeze = false}, 100, 0xfffffffe) ==
        "fffffffe    61 62  ab\n"
        "100000000    61 62  ab\n");
  std::string out;
  tools::format::append_offset(out, 0x123456789abcdef0);
  CHECK(out == "123456789abcdef0");
}

TEST_CASE("many rows at once are the same as one by one") {
  auto from = random_bytes(5000, 5);
  const auto same = repeated("0123456789abcdef", 40);
  from.insert(from.begin() + 1600, same.begin(), same.end());
  for (const std::size_t width : {std::size_t{16}, std::size_t{7}}) {
    for (const bool squeeze : {true, false}) {
      // The last one begins with eight digits and ends with nine.
      for (const auto offset : {std::uint64_t{0}, std::uint64_t{0xfffffa00}}) {
        const tools::format::row_options how{.bytes = width, .squeeze = squeeze};
        CHECK(rows(from, how, from.size(), offset) == rows(from, how, width, offset));
      }
    }
  }
}

TEST_CASE("colours change nothing but colours") {
  const auto from = random_bytes(100, 3);
  const auto coloured = rows(from, {.colours = &tools::format::colours}, 100);
  std::string plain;
  for (std::size_t at = 0; at < coloured.size(); ++at) {
    if (coloured[at] == '\033') {
      at = coloured.find('m', at);
    } else {
      plain += coloured[at];
    }
  }
  CHECK(plain == rows(from, {}, 100));
  CHECK(coloured != plain);
}
