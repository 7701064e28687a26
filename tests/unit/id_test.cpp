#include "support/bytes.hpp"

#include <chunk/id.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace chunk::literals;
using namespace std::literals;
using support::char_of;
using support::hex;

namespace {

/// The bytes of the ID that `text` stands for, or the error.
std::string parsed(std::string_view text) {
  const auto value = chunk::parse_id(text);
  return value ? hex(value->value())
               : "! " + value.error().code.message() + ": " + to_text(value.error());
}

}  // namespace

TEST_CASE("an ID is the four bytes of its text") {
  CHECK(parsed("NOOP") == "4e 4f 4f 50");
  CHECK(parsed("STS ") == "53 54 53 20");
  CHECK(parsed("\0\xff\n:"sv) == "00 ff 0a 3a");
}

TEST_CASE("an ID may have escapes, in either case of digits") {
  CHECK(parsed("STS%20") == "53 54 53 20");
  CHECK(parsed("%00%fF%0A%25") == "00 ff 0a 25");
}

TEST_CASE("an ID of fewer or more bytes than four is refused with its text") {
  const auto refused = [](std::string_view text) {
    return "! not an ID of the framing: '" + std::string(text) + "' is not an ID of four bytes";
  };
  for (const auto text : {"", "N", "NOO", "NOOPE", "%4e", "STS%2020", "NO%4f"}) {
    CAPTURE(text);
    CHECK(parsed(text) == refused(text));
  }
}

TEST_CASE("an ID with a bad escape is refused with its text") {
  CHECK(parsed("NO%g0P") == "! not an ID of the framing: 'NO%g0P' is not an ID of four bytes");
  CHECK(parsed("NOO%") == "! not an ID of the framing: 'NOO%' is not an ID of four bytes");
}

TEST_CASE("a refused ID is quoted without raw bytes") {
  CHECK(parsed("\x1b[2J\n") ==
        "! not an ID of the framing: '%1b[2J%0a' is not an ID of four bytes");
}

TEST_CASE("a literal gives the ID of its characters") {
  constexpr auto value = "STS "_id;
  CHECK(hex(value.value()) == "53 54 53 20");
  CHECK(value == *chunk::parse_id("STS%20"));
}

TEST_CASE("an ID is case-sensitive") {
  CHECK("noop"_id != "NOOP"_id);
}

TEST_CASE("IDs are ordered by the unsigned values of their bytes") {
  CHECK("AAAA"_id < "AAAB"_id);
  CHECK("ZZZZ"_id < "aAAA"_id);
  CHECK("zzzz"_id < *chunk::parse_id("%ff%00%00%00"));
}

TEST_CASE("characters of an ID with a meaning in the notation or in scripts are escaped") {
  CHECK(to_text("NOOP"_id) == "NOOP");
  CHECK(to_text("STS "_id) == "STS%20");
  CHECK(to_text("%:=,"_id) == "%25%3a%3d%2c");
  CHECK(to_text("@#>a"_id) == "%40%23%3ea");
  CHECK(to_text("\x1b[2J"_id) == "%1b[2J");
}

TEST_CASE("showing appends to the text") {
  std::string out = "x ";
  append_text(out, "STS "_id);
  CHECK(out == "x STS%20");
}

TEST_CASE("every byte value reads back the same at every place of an ID") {
  for (int value = 0; value < 256; ++value) {
    for (std::size_t at = 0; at < 4; ++at) {
      CAPTURE(value);
      CAPTURE(at);
      auto sample = "NOOP"_id;
      sample.bytes[at] = static_cast<std::byte>(value);
      CHECK(parsed(to_text(sample)) == hex(sample.value()));
    }
  }
}

TEST_CASE("an ID is printable when all its bytes are 0x20 to 0x7E") {
  CHECK(is_printable("NOOP"_id));
  for (int value = 0; value < 256; ++value) {
    for (std::size_t at = 0; at < 4; ++at) {
      CAPTURE(value);
      CAPTURE(at);
      auto sample = "NOOP"_id;
      sample.bytes[at] = static_cast<std::byte>(value);
      CHECK(is_printable(sample) == (value >= 0x20 && value <= 0x7e));
    }
  }
}
