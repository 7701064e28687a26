// The chunks and subchunks that --only and --skip select.
#include "format/selection.hpp"

#include <chunk/error.hpp>
#include <chunk/id.hpp>

#include <doctest/doctest.h>

namespace {

using namespace chunk::literals;
using tools::format::selection;

}  // namespace

TEST_CASE("without --only and --skip everything is selected") {
  const selection all;
  CHECK(all.takes_all());
  CHECK(all.takes("NOOP"_id));
  CHECK(all.takes("CMPU"_id, "OPND"_id));
  CHECK_FALSE(all.needs_subchunk("CMPU"_id));
}

TEST_CASE("--only selects the named chunks, with all their subchunks") {
  const selection chosen({"CMPU", "STS%20"}, {});
  CHECK_FALSE(chosen.takes_all());
  CHECK(chosen.takes("CMPU"_id));
  CHECK(chosen.takes("STS "_id));
  CHECK_FALSE(chosen.takes("NOOP"_id));
  CHECK(chosen.takes("CMPU"_id, "OPER"_id));
  CHECK_FALSE(chosen.needs_subchunk("CMPU"_id));
}

TEST_CASE("--only selects a subchunk together with its container") {
  const selection chosen({"CMPU/OPND"}, {});
  CHECK(chosen.takes("CMPU"_id));
  CHECK(chosen.needs_subchunk("CMPU"_id));
  CHECK(chosen.takes("CMPU"_id, "OPND"_id));
  CHECK_FALSE(chosen.takes("CMPU"_id, "OPER"_id));
  CHECK_FALSE(chosen.takes("OPND"_id));
}

TEST_CASE("a chunk that is named itself is selected without a subchunk") {
  const selection chosen({"CMPU/OPND", "CMPU"}, {});
  CHECK_FALSE(chosen.needs_subchunk("CMPU"_id));
  CHECK(chosen.takes("CMPU"_id, "OPER"_id));
}

TEST_CASE("--skip omits chunks, or subchunks of chunks that remain") {
  const selection chosen({}, {"NOOP", "CMPU/OPER"});
  CHECK_FALSE(chosen.takes("NOOP"_id));
  CHECK(chosen.takes("CMPU"_id));
  CHECK_FALSE(chosen.takes("CMPU"_id, "OPER"_id));
  CHECK(chosen.takes("CMPU"_id, "OPND"_id));
  CHECK(chosen.takes("DLAY"_id, "OPER"_id));
  CHECK_FALSE(chosen.needs_subchunk("CMPU"_id));
}

TEST_CASE("--skip takes precedence over --only") {
  const selection chosen({"CMPU"}, {"CMPU/OPER"});
  CHECK(chosen.takes("CMPU"_id, "OPND"_id));
  CHECK_FALSE(chosen.takes("CMPU"_id, "OPER"_id));
}

TEST_CASE("a slash within four bytes belongs to the ID") {
  const selection chosen({"A/BC", "A%2fBC/D/EF"}, {});
  CHECK(chosen.takes("A/BC"_id));
  CHECK(chosen.takes("A/BC"_id, "D/EF"_id));
}

TEST_CASE("text that is not an ID is refused") {
  for (const auto* text : {"", "TOOLONG", "CMPU/", "/OPND", "CMPU/OPND/X", "%zz"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(selection({text}, {}), chunk::failure);
    CHECK_THROWS_AS(selection({}, {text}), chunk::failure);
  }
}

TEST_CASE("where only chunks may be named, a subchunk is no ID") {
  constexpr auto chunks = selection::names::chunks;
  const selection chosen({"CMPU", "ECHO"}, {"ECHO"}, chunks);
  CHECK(chosen.takes("CMPU"_id));
  CHECK(!chosen.takes("ECHO"_id));
  CHECK(!chosen.takes("NOOP"_id));
  CHECK_THROWS_WITH_AS(selection({"CMPU/OPND"}, {}, chunks),
                       "'CMPU/OPND' is a subchunk, and only whole chunks can be chosen here",
                       chunk::failure);
}

TEST_CASE("IDs are those of the protocol, and subchunks those of their container") {
  const auto rules = value_or_throw(chunk::parse_protocol(R"(
header = "id:u8 length:u8"
[PING]
id = 7
[LIST]
id = 8
contains = ["NA"]
inner = "id:2 length:u8"
[NA]
)",
                                                          "test"));
  const auto* ids = rules.framing.ids();
  const auto all = selection::names::chunks_and_subchunks;
  const selection chosen({"PING", "8/NA", "0x09"}, {}, all, rules);
  CHECK(chosen.takes(value_or_throw(chunk::parse_id("7", ids))));
  CHECK(chosen.takes(value_or_throw(chunk::parse_id("LIST", ids))));
  CHECK(chosen.takes(value_or_throw(chunk::parse_id("9", ids))));
  CHECK_FALSE(chosen.takes(value_or_throw(chunk::parse_id("10", ids))));
  CHECK_THROWS_AS(selection({"PONG"}, {}, all, rules), chunk::failure);
}
