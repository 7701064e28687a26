#include "script/report/difference.hpp"
#include "support/bytes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using support::bytes;
using tools::script::difference;

namespace {

/// Compares two texts. nullopt: they are the same.
std::vector<difference> compared(std::string_view expected, std::string_view received) {
  const auto read = [&](std::uint64_t from, std::span<std::byte> out) {
    const auto rest = bytes(expected).subspan(static_cast<std::size_t>(from));
    const auto count = std::min(rest.size(), out.size());
    std::ranges::copy(rest.first(count), out.begin());
    return count;
  };
  difference out;
  if (!tools::script::find_difference(expected.size(), read, bytes(received), out)) return {};
  return {out};
}

}  // namespace

TEST_CASE("the same bytes do not differ") {
  for (const std::size_t size : {0U, 1U, 16U, 65536U, 65537U, 200'000U}) {
    const std::string text(size, 'a');
    CHECK(compared(text, text).empty());
  }
}

TEST_CASE("the first different byte is found wherever it is") {
  for (const std::size_t size : {1U, 15U, 16U, 17U, 65536U, 65537U, 140'000U}) {
    for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) {
      CAPTURE(size);
      CAPTURE(at);
      std::string expected(size, 'a');
      auto received = expected;
      received[at] = 'b';
      const auto found = compared(expected, received);
      REQUIRE(found.size() == 1);
      CHECK(found[0].at == at);
      CHECK(found[0].start % 16 == 0);
      CHECK(found[0].start <= at);
      CHECK(at - found[0].start < 32);
      CHECK(found[0].in_words() == "byte " + std::to_string(at) + " is 62, not 61");
    }
  }
}

TEST_CASE("if one ends before the other the sizes differ") {
  const auto shorter = compared("abc", "ab");
  REQUIRE(shorter.size() == 1);
  CHECK(shorter[0].at == 2);
  CHECK(shorter[0].in_words() == "2 bytes, not 3");
  const auto longer = compared("", "xyz");
  REQUIRE(longer.size() == 1);
  CHECK(longer[0].in_words() == "3 bytes, not 0");
}

TEST_CASE("rows are shown below each other, with marks where they differ") {
  const auto found = compared("0123456789abcdefghij", "0123456789abcdefgXij!");
  REQUIRE(found.size() == 1);
  CHECK(found[0].rows() ==
        std::vector<std::string>{
            "          00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66   "
            "0123456789abcdef",
            "expected  00000010  67 68 69 6a                                        ghij",
            "received  00000010  67 58 69 6a 21                                     gXij!",
            "                       ^^       ^^                                      ^  ^",
        });
}

TEST_CASE("only the rows around the difference are shown") {
  std::string expected(10'000, 'a');
  auto received = expected;
  received[5'000] = '\n';
  const auto found = compared(expected, received);
  REQUIRE(found.size() == 1);
  const auto rows = found[0].rows();
  REQUIRE(rows.size() == 5);
  CHECK(rows[0].substr(0, 20) == "          00001370  ");
  CHECK(rows[1].substr(0, 23) == "expected  00001380  61 ");
  CHECK(rows[2].find("0a") == 45);
  CHECK(rows[3].find("^^") == 45);
  CHECK(rows[4].substr(0, 20) == "          00001390  ");
}
