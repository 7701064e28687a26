// Finding the next chunk after a wrong length.
#include "dump/resync.hpp"

#include "support/bytes.hpp"
#include "support/samples.hpp"

#include <chunk/escape.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace std::literals;

constexpr std::uint32_t limit = 1024 * 1024;

std::string chunk_of(std::string_view id, std::string_view payload) {
  std::string out(id);
  const auto length = payload.size();
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(length >> shift & 0xff);
  return out.append(payload);
}

/// What is met in a stream that comes in pieces: "NOOP@0+0 " for a chunk, "skip@8+17 " for a run of
/// bytes that are none, however many pieces it is given in.
std::string trace(std::string_view stream, std::size_t piece, const chunk::protocol& rules) {
  tools::dump::resync from(rules, limit, 0);
  std::string out;
  std::uint64_t skipped = 0;
  const auto drain = [&] {
    while (const auto met = from.next()) {
      if (!met->fault) {
        const auto& whole = met->whole;
        out += to_text(whole.head.id) + '@' + std::to_string(whole.offset) + '+' +
               std::to_string(whole.payload.size()) + ' ';
        continue;
      }
      skipped += met->bytes.size();
      if (!met->last) continue;
      const auto begin = met->offset + met->bytes.size() - skipped;
      out += "skip@" + std::to_string(begin) + '+' + std::to_string(skipped) + ' ';
      skipped = 0;
    }
  };
  while (!stream.empty()) {
    const auto taken = std::min(piece, stream.size());
    from.add(std::as_bytes(std::span(stream.substr(0, taken))));
    stream.remove_prefix(taken);
    drain();
  }
  from.end();
  drain();
  return out;
}

std::string trace(std::string_view stream) {
  return trace(stream, stream.size(), chunk::guessing_protocol());
}

}  // namespace

TEST_CASE("a stream without faults gives its chunks") {
  CHECK(trace(support::sample("req.chunk")) == "NOOP@0+0 ECHO@8+9 CMPU@25+27 SHUT@60+0 ");
  CHECK(trace("") == "");
}

TEST_CASE("after a length that the stream does not fill, the next sequence of chunks continues") {
  CHECK(trace(support::sample("corrupt.chunk")) == "NOOP@0+0 skip@8+17 CMPU@25+27 SHUT@60+0 ");
}

TEST_CASE("after a length above the limit, the next sequence of chunks continues at once") {
  auto stream = chunk_of("NOOP", "") + "ECHO\xff\xff\xff\xff" + "\1\2\3\4";
  tools::dump::resync from(chunk::guessing_protocol(), limit, 0);
  stream += chunk_of("ECHO", "one") + chunk_of("NOOP", "");
  from.add(std::as_bytes(std::span(stream)));
  CHECK(from.next()->whole.head.length == 0);
  const auto met = from.next();
  REQUIRE(met);
  REQUIRE(met->fault);
  CHECK(met->fault->detail ==
        "too large at byte 0x8: ECHO declares 4294967295 bytes, 1048576 are allowed");
  CHECK(met->last);
  CHECK(met->bytes.size() == 12);
  CHECK(from.next()->whole.head.length == 3);
}

TEST_CASE("the result is the same for every way to split the stream") {
  const auto corrupt = support::sample("corrupt.chunk");
  const auto twice = corrupt + corrupt;
  const auto& rules = chunk::guessing_protocol();
  const auto expected = trace(twice, twice.size(), rules);
  for (std::size_t piece = 1; piece < twice.size(); ++piece) {
    CAPTURE(piece);
    CHECK(trace(twice, piece, rules) == expected);
  }
}

TEST_CASE("one plausible chunk is not enough, unless the stream ends with the second") {
  const auto bad = "ECHO\xff\xff\xff\xff"s;
  CHECK(trace(bad + chunk_of("NOOP", "") + "\1\2\3\4\5\6\7\10") == "skip@0+24 ");
  CHECK(trace(bad + chunk_of("NOOP", "")) == "skip@0+16 ");
  CHECK(trace(bad + chunk_of("NOOP", "") + chunk_of("ECHO", "x")) ==
        "skip@0+8 NOOP@8+0 ECHO@16+1 ");
}

TEST_CASE("with a protocol only its chunks start a sequence") {
  const auto rules = chunk::find_protocol("example");
  REQUIRE(rules);
  const auto stream = "ECHO\xff\xff\xff\xff"s + chunk_of("WHAT", "") + chunk_of("EVER", "") +
                      chunk_of("NOOP", "") + chunk_of("ECHO", "x");
  CHECK(trace(stream, stream.size(), *rules) == "skip@0+24 NOOP@24+0 ECHO@32+1 ");
  CHECK(trace(stream).starts_with("skip@0+8 WHAT@8+0 "));
}

TEST_CASE("every prefix of a stream is given byte for byte") {
  const auto whole = support::sample("req.chunk") + support::sample("corrupt.chunk");
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    CAPTURE(size);
    tools::dump::resync from(chunk::guessing_protocol(), limit, 0);
    from.add(std::as_bytes(std::span(whole).first(size)));
    from.end();
    std::uint64_t offset = 0;
    while (const auto met = from.next()) {
      const auto begin = met->fault ? met->offset : met->whole.offset;
      CHECK(begin == offset);
      offset += met->fault ? met->bytes.size() : support::header_size + met->whole.payload.size();
    }
    CHECK(offset == size);
  }
}

TEST_CASE("random bytes give no chunks") {
  // Their lengths are above the limit of 1 MiB except for one in 4096.
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 source(seed);
    std::string noise(1024 * 1024, '\0');
    for (auto& each : noise) each = static_cast<char>(source() & 0xff);
    noise.replace(0, 8, "ECHO\xff\xff\xff\xff"sv);
    CHECK(trace(noise) == "skip@0+1048576 ");
  }
}

TEST_CASE("a stream of any framing continues after a wrong length") {
  const auto rules = value_or_throw(chunk::parse_protocol(R"(
header = "length:u16be id:u8 flags:u8"
start = { client = "hello" }
trailer = "."
[A]
id = 1
[B]
id = 2
)",
                                                          "test"));
  const auto good =
      "\0\1\1\0x."
      "\0\0\2\3."s;
  const auto bad = "\xff\xff\1\0x."s;
  const auto stream = "hello" + good + bad + good;
  CHECK(trace(stream, stream.size(), rules)
            .starts_with("%00%00%00%00@0+5 A@5+1 B@11+0 skip@16+6 A@"));
  for (const auto& each : {stream, good + bad + good}) {
    const auto expected = trace(each, each.size(), rules);
    for (std::size_t piece = 1; piece < each.size(); ++piece) {
      CAPTURE(piece);
      CHECK(trace(each, piece, rules) == expected);
    }
  }
}
