#include "support/bytes.hpp"
#include "support/digit_framing.hpp"
#include "support/samples.hpp"
#include "support/trace.hpp"

#include <chunk/framing.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace chunk::literals;
using namespace std::literals;
using support::bytes;
using support::chars;
using support::hex;
using support::sample;
using support::trace;

namespace {

constexpr auto two_chunks = "NOOP\0\0\0\0ECHO\3\0\0\0abc"sv;

/// The header of a chunk as it stands on the wire.
std::string head(chunk::id id, std::uint32_t length) {
  return chars(chunk::encode(chunk::header{id, length}));
}

/// The header at the front of `wire`, which is whole.
chunk::header header_in(std::span<const std::byte> wire) {
  const auto front = chunk::framing{}.read_header(wire);
  CHECK(front.is == chunk::header_reading::state::whole);
  return front.head;
}

std::string encoded(const chunk::chunk_view& value) {
  std::vector<std::byte> out(encoded_size(value));
  CHECK(encode(value, out) == out.size());
  return chars(out);
}

/// Every subchunk as ID[payload], or the error.
std::string subchunks(std::string_view payload) {
  const auto owned = support::copied(payload);
  const auto inner = chunk::split(owned);
  if (!inner) return "! " + inner.error().code.message() + ": " + to_text(inner.error());
  std::string out;
  for (const auto& each : *inner) out += to_text(each.id) + '[' + chars(each.payload) + ']';
  return out;
}

/// The error at the end of a stream after `there` bytes of a chunk whose encoding starts with
/// `wire`, at `offset`; computed without the decoder of the library.
std::string truncation(std::string_view wire, std::uint64_t offset, std::size_t there) {
  char place[32];
  std::snprintf(place, sizeof place,
                "truncated at byte 0x%llx: ", static_cast<unsigned long long>(offset));
  const auto tail = [](std::size_t number) { return std::to_string(number) + " are there"; };
  if (there < 8) {
    const auto id = chunk::escaped(bytes(wire.substr(0, std::min<std::size_t>(there, 4))));
    return place + id + ": a header has 8 bytes, " + tail(there);
  }
  const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(wire[at]); };
  const auto declared = octet(4) + octet(5) * 256U + octet(6) * 65536U + octet(7) * 16777216U;
  const auto id = to_text(header_in(bytes(wire)).id);
  return place + id + " declares " + std::to_string(declared) + " bytes, " + tail(there - 8);
}

/// Where the chunks of a whole stream start, and its end.
std::vector<std::size_t> boundaries(std::string_view stream) {
  std::vector<std::size_t> out{0};
  while (out.back() < stream.size()) {
    const auto octet = [&](std::size_t at) {
      return static_cast<std::size_t>(static_cast<unsigned char>(stream[out.back() + at]));
    };
    out.push_back(out.back() + 8 + octet(4) + octet(5) * 256);
  }
  return out;
}

/// A stream of chunks with random IDs, lengths and payloads.
std::string random_stream(std::mt19937& random, std::size_t chunks, std::uint32_t longest) {
  const auto letter = [&] { return support::char_of(static_cast<int>(random() % 256)); };
  std::string out;
  for (std::size_t count = 0; count < chunks; ++count) {
    std::string id, payload(random() % (longest + 1), '\0');
    for (int at = 0; at < 4; ++at) id += letter();
    for (auto& each : payload) each = letter();
    const auto length = payload.size();
    out += id + support::char_of(length & 255) + support::char_of(static_cast<int>(length >> 8)) +
           "\0\0"s + payload;
  }
  return out;
}

constexpr chunk::framing chunk_framing;
using support::digit_framing;

constexpr std::uint64_t some_lengths[] = {0, 1, 9, 10, 255, 256, 65536, chunk::max_length};

/// What a header reads as: "whole ECHO 3 in 8", "partial EC of 8", "malformed in 5".
std::string reading(const chunk::framing& how, std::string_view wire) {
  const auto owned = support::copied(wire);
  const auto front = how.read_header(owned);
  const auto size = std::to_string(front.size);
  switch (front.is) {
    case chunk::header_reading::state::whole:
      return "whole " + to_text(front.head.id) + ' ' + std::to_string(front.head.length) + " in " +
             size;
    case chunk::header_reading::state::partial:
      return "partial " + chars(std::span(front.head.id.bytes).first(front.id_size)) + " of " +
             size;
    case chunk::header_reading::state::malformed: return "malformed in " + size;
  }
  return "?";
}

/// What a walk meets: each chunk as ID@offset+header[payload], then a full stop or the misfit as
/// !offset and why.
std::string walk(const chunk::framing& how, std::string_view wire, std::uint64_t offset = 0) {
  const auto owned = support::copied(wire);
  std::string out;
  const auto wrong = for_each_chunk(how, owned, offset, [&](const chunk::placed_chunk& each) {
    out += to_text(each.id) + '@' + std::to_string(each.offset) + '+' +
           std::to_string(each.payload_offset() - each.offset) + '[' + chars(each.payload) + ']';
    return true;
  });
  if (!wrong) return out + '.';
  CHECK(wrong->rest.size() == offset + owned.size() - wrong->offset);
  return out + '!' + std::to_string(wrong->offset) + ' ' + to_text(wrong->why());
}

constexpr auto two_in_digits = "NOOP0:ECHO003:abc"sv;

}  // namespace

// Encoding

TEST_CASE("a length is encoded little-endian") {
  CHECK(hex(encode(chunk::header{"NOOP"_id, 0})) == "4e 4f 4f 50 00 00 00 00");
  CHECK(hex(encode(chunk::header{"NOOP"_id, 1})) == "4e 4f 4f 50 01 00 00 00");
  CHECK(hex(encode(chunk::header{"ECHO"_id, 0x01020304})) == "45 43 48 4f 04 03 02 01");
  CHECK(hex(encode(chunk::header{"ECHO"_id, 65535})) == "45 43 48 4f ff ff 00 00");
  CHECK(hex(encode(chunk::header{"ECHO"_id, 4294967295U})) == "45 43 48 4f ff ff ff ff");
}

TEST_CASE("a length is decoded little-endian") {
  const auto decoded = [](std::string_view wire) {
    const auto value = header_in(bytes(wire));
    return to_text(value.id) + ' ' + std::to_string(value.length);
  };
  CHECK(decoded("NOOP\0\0\0\0"sv) == "NOOP 0");
  CHECK(decoded("NOOP\1\0\0\0"sv) == "NOOP 1");
  CHECK(decoded("ECHO\4\3\2\1"sv) == "ECHO 16909060");
  CHECK(decoded("ECHO\0\0\0\x80"sv) == "ECHO 2147483648");
  CHECK(decoded("ECHO\xff\xff\xff\xff"sv) == "ECHO 4294967295");
}

TEST_CASE("a header decodes to what was encoded, for every bit of the length") {
  for (unsigned bit = 0; bit < 32; ++bit) {
    CAPTURE(bit);
    const chunk::header value{"\0\xff\n:"_id, std::uint32_t{1} << bit};
    const auto read = header_in(encode(value));
    CHECK((read.id == value.id && read.length == value.length));
  }
}

TEST_CASE("a chunk is encoded as its ID, its length and its payload") {
  CHECK(hex(bytes(encoded({"ECHO"_id, bytes("abc")}))) == "45 43 48 4f 03 00 00 00 61 62 63");
  CHECK(hex(bytes(encoded({"NOOP"_id, {}}))) == "4e 4f 4f 50 00 00 00 00");
}

TEST_CASE("encoding does not touch the room after the chunk") {
  auto out = support::copied("................");
  CHECK(encode(chunk::chunk_view{"ECHO"_id, bytes("abc")}, out) == 11);
  CHECK(chars(out) == "ECHO\3\0\0\0abc....."s);
}

TEST_CASE("a header reads as what was written, in every framing") {
  for (const auto& how : {chunk_framing, digit_framing}) {
    for (const auto length : some_lengths) {
      CAPTURE(length);
      const chunk::header value{"\0\xff\n:"_id, length};
      const auto wire = chunk::encode(value, how);
      CHECK(wire.size() == how.header_size(value));
      CHECK(wire.size() <= how.largest_header());
      const auto front = how.read_header(wire);
      CHECK(front.is == chunk::header_reading::state::whole);
      CHECK(front.size == wire.size());
      CHECK(front.head.id == value.id);
      CHECK(front.head.length == length);
      CHECK(front.value == length);
      CHECK(how.chunk_size(front) == wire.size() + length);
    }
  }
}

TEST_CASE(
    "a header needs more as long as it is not whole, and says so much of its ID as is there") {
  for (const auto& how : {chunk_framing, digit_framing}) {
    for (const auto length : some_lengths) {
      CAPTURE(length);
      const auto wire = chunk::encode(chunk::header{"ECHO"_id, length}, how);
      for (std::size_t size = 0; size < wire.size(); ++size) {
        CAPTURE(size);
        const auto front = how.read_header(std::span(wire).first(size));
        CHECK(front.is == chunk::header_reading::state::partial);
        CHECK(front.id_size == std::min<std::size_t>(size, 4));
        CHECK(front.size > size);
        CHECK(front.size <= wire.size());
      }
    }
  }
  CHECK(reading(chunk_framing, "") == "partial  of 8");
  CHECK(reading(chunk_framing, "EC") == "partial EC of 8");
  CHECK(reading(chunk_framing, "ECHO\3\0\0") == "partial ECHO of 8");
  CHECK(reading(chunk_framing, "ECHO\3\0\0\0abc"sv) == "whole ECHO 3 in 8");
  CHECK(reading(digit_framing, "ECHO003:abc") == "whole ECHO 3 in 8");
  CHECK(reading(digit_framing, "ECHO:abc") == "malformed in 5");
}

TEST_CASE("a chunk is appended as it is encoded, in every framing") {
  auto out = support::copied("before ");
  append(out, chunk::chunk_view{"ECHO"_id, bytes("abc")});
  append(out, chunk::chunk_view{"ECHO"_id, bytes("abcdefghijkl")}, digit_framing);
  append(out, chunk::header{"NOOP"_id, 5}, digit_framing);
  CHECK(chars(out) == "before ECHO\3\0\0\0abcECHO12:abcdefghijklNOOP5:"s);
  CHECK(chunk::encoded_size({"ECHO"_id, bytes("abc")}) == 11);
  CHECK(chunk::encoded_size({"ECHO"_id, bytes("abcdefghijkl")}, digit_framing) == 19);
}

// Decoding

TEST_CASE("an empty stream has no chunks and may end") {
  CHECK(trace("") == ".");
  CHECK(chunk::decoder().between_chunks());
}

TEST_CASE("decoder gives the chunks with their lengths and offsets") {
  CHECK(trace(two_chunks) == "NOOP/0@0[]ECHO/3@8[abc].");
  CHECK(trace(sample("req.chunk")) ==
        "NOOP/0@0[]ECHO/9@8[hi%20there!]"
        "CMPU/27@25[OPER%01%00%00%00+OPND%01%00%00%003OPND%01%00%00%004]SHUT/0@60[].");
}

TEST_CASE("decoder reports the samples that end inside a chunk as truncated") {
  CHECK(trace(sample("trunc.chunk")) ==
        "NOOP/0@0[]ECHO/9@8[hi%20there!]CMPU/27@25[OPER%01%00%00%00+OPND%01%00"
        "!truncated at byte 0x19: CMPU declares 27 bytes, 15 are there");
  const auto corrupt = trace(sample("corrupt.chunk"));
  CHECK(corrupt.substr(corrupt.find('!', corrupt.find("SHUT"))) ==
        "!truncated at byte 0x8: ECHO declares 65545 bytes, 52 are there");
}

TEST_CASE("decoder gives the same events wherever the input is split") {
  for (const auto name : support::sample_streams) {
    CAPTURE(name);
    const auto stream = sample(name);
    const auto expected = trace(stream);
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      CAPTURE(cut);
      const std::string_view pieces[] = {std::string_view(stream).substr(0, cut),
                                         std::string_view(stream).substr(cut)};
      CHECK(trace(pieces) == expected);
    }
  }
}

TEST_CASE("decoder gives the same events for pieces of every size") {
  for (const auto name : support::sample_streams) {
    CAPTURE(name);
    const auto stream = sample(name);
    const auto expected = trace(stream);
    for (std::size_t size = 1; size <= 40; ++size) {
      CAPTURE(size);
      CHECK(trace(support::cut_evenly(stream, size)) == expected);
    }
  }
}

TEST_CASE("decoder gives the same events for long streams in random pieces") {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto stream = random_stream(random, 20, 700);
    CHECK(trace(support::cut_randomly(stream, seed)) == trace(stream));
  }
}

TEST_CASE("every proper prefix that does not end between two chunks is truncated, and says where") {
  for (std::size_t index = 0; index < support::whole_samples; ++index) {
    const auto name = support::sample_streams[index];
    CAPTURE(name);
    const auto stream = sample(name);
    const auto starts = boundaries(stream);
    REQUIRE(starts.back() == stream.size());
    for (std::size_t at = 0; at + 1 < starts.size(); ++at) {
      for (std::size_t size = starts[at] + 1; size < starts[at + 1]; ++size) {
        CAPTURE(size);
        chunk::decoder decoder;
        chunk::fragment part;
        auto rest = bytes(std::string_view(stream).substr(0, size));
        while (chunk::value_or_throw(decoder.next(rest, part))) continue;
        const auto done = decoder.finish();
        REQUIRE(!done);
        CHECK(done.error().code == chunk::errc::truncated);
        const auto wire = std::string_view(stream).substr(starts[at]);
        CHECK(to_text(done.error()) == truncation(wire, starts[at], size - starts[at]));
      }
    }
  }
}

TEST_CASE("a stream may end between any two chunks") {
  for (std::size_t index = 0; index < support::whole_samples; ++index) {
    const auto name = support::sample_streams[index];
    CAPTURE(name);
    const auto stream = sample(name);
    for (const auto size : boundaries(stream)) {
      CAPTURE(size);
      CHECK(trace(std::string_view(stream).substr(0, size)).back() == '.');
    }
  }
}

TEST_CASE("a truncated header is described by the bytes that have come") {
  CHECK(trace("N") == "!truncated at byte 0x0: N: a header has 8 bytes, 1 are there");
  CHECK(trace("NOO") == "!truncated at byte 0x0: NOO: a header has 8 bytes, 3 are there");
  CHECK(trace("NOOP") == "!truncated at byte 0x0: NOOP: a header has 8 bytes, 4 are there");
  CHECK(trace("NOOP\0\0\0"sv) == "!truncated at byte 0x0: NOOP: a header has 8 bytes, 7 are there");
}

TEST_CASE("a received ID is escaped in the message about it") {
  CHECK(trace("\x1b[2J\1\0\0\0"sv) ==
        "%1b[2J/1@0[!truncated at byte 0x0: %1b[2J declares 1 bytes, 0 are there");
  CHECK(trace("\x1b[2") == "!truncated at byte 0x0: %1b[2: a header has 8 bytes, 3 are there");
  CHECK(trace("\x1b[2J\1\0\0\0x"sv, 0) ==
        "!too large at byte 0x0: %1b[2J declares 1 bytes, 0 are allowed");
}

TEST_CASE("decoder accepts lengths up to the limit and refuses those above it") {
  struct row {
    std::uint32_t limit, length;
    bool accepted;
  };
  constexpr auto most = chunk::max_length;
  for (const auto& [limit, length, accepted] :
       {row{0, 0, true}, row{0, 1, false}, row{0, most, false}, row{1, 0, true}, row{1, 1, true},
        row{1, 2, false}, row{65535, 65535, true}, row{65535, 65536, false},
        row{65535, most, false}, row{most - 1, most - 1, true}, row{most - 1, most, false},
        row{most, most, true}}) {
    CAPTURE(limit);
    CAPTURE(length);
    const auto wire = head("ECHO"_id, length);
    chunk::decoder decoder(limit);
    chunk::fragment part;
    auto rest = bytes(wire);
    const auto next = decoder.next(rest, part);
    CHECK(next.has_value() == accepted);
    CHECK((next || next.error().code == chunk::errc::too_large));
  }
}

TEST_CASE("decoder refuses a length above the limit before any payload, wherever it is split") {
  const auto stream = std::string(two_chunks) + head("CMPU"_id, 4) + "efgh";
  const auto expected =
      "NOOP/0@0[]ECHO/3@8[abc]!too large at byte 0x13: CMPU declares 4 bytes, 3 are allowed";
  CHECK(trace(stream, 3) == expected);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    const std::string_view pieces[] = {std::string_view(stream).substr(0, cut),
                                       std::string_view(stream).substr(cut)};
    CHECK(trace(pieces, 3) == expected);
  }
  CHECK(trace(support::cut_evenly(stream, 1), 3) == expected);
}

TEST_CASE("decoder refuses the same chunk again on every further call") {
  for (const std::size_t cut : {0U, 1U, 4U, 7U, 8U}) {
    CAPTURE(cut);
    const auto stream = head("CMPU"_id, chunk::max_length) + "abcdefghijkl";
    chunk::decoder decoder(16);
    chunk::fragment part;
    auto rest = bytes(std::string_view(stream).substr(0, cut));
    if (cut < support::header_size) CHECK(!chunk::value_or_throw(decoder.next(rest, part)));
    rest = bytes(std::string_view(stream).substr(cut == 8 ? 0 : cut));
    for (int call = 0; call < 3; ++call) {
      CAPTURE(call);
      const auto next = decoder.next(rest, part);
      REQUIRE(!next);
      CHECK(to_text(next.error()) ==
            "too large at byte 0x0: CMPU declares 4294967295 bytes, 16 are allowed");
      CHECK(chars(rest) == "abcdefghijkl");
      CHECK(decoder.offset() == support::header_size);
    }
  }
}

TEST_CASE("the longest chunk begins without its payload") {
  const auto wire = head("ECHO"_id, chunk::max_length) + "ab";
  CHECK(trace(wire) ==
        "ECHO/4294967295@0[ab!truncated at byte 0x0: ECHO declares 4294967295 bytes, 2 are there");
}

TEST_CASE("a chunk begins as soon as its header has arrived") {
  chunk::decoder decoder;
  auto rest = bytes("ECHO\3\0\0\0"sv);
  chunk::fragment first;
  REQUIRE(chunk::value_or_throw(decoder.next(rest, first)));
  CHECK(first.begins);
  CHECK(!first.ends);
  CHECK(first.payload.empty());
}

TEST_CASE("decoder wants more when it has taken everything") {
  chunk::decoder decoder;
  chunk::fragment part;
  std::span<const std::byte> rest;
  CHECK(!chunk::value_or_throw(decoder.next(rest, part)));
  rest = bytes("ECHO\3\0\0\0a"sv);
  CHECK(chunk::value_or_throw(decoder.next(rest, part)));
  CHECK(rest.empty());
  CHECK(!chunk::value_or_throw(decoder.next(rest, part)));
  CHECK(!decoder.between_chunks());
}

TEST_CASE("decoder counts the bytes it has taken") {
  chunk::decoder decoder;
  chunk::fragment part;
  auto rest = bytes(two_chunks);
  std::string offsets = std::to_string(decoder.offset());
  while (chunk::value_or_throw(decoder.next(rest, part))) {
    offsets += ' ' + std::to_string(decoder.offset());
  }
  CHECK(offsets == "0 8 19");
}

TEST_CASE("skipped payload counts, but is in no fragment") {
  chunk::decoder decoder;
  chunk::fragment part;
  auto rest = bytes("NOOP\0\0\0\0ECHO\x10\0\0\0ab"sv);
  CHECK(decoder.remaining() == 0);
  for (int parts = 0; parts < 2; ++parts) CHECK(chunk::value_or_throw(decoder.next(rest, part)));
  CHECK(decoder.remaining() == 14);
  decoder.skip_payload(13);
  CHECK(decoder.remaining() == 1);
  CHECK(decoder.offset() == 31);
  rest = bytes("zNOOP\0\0\0\0"sv);
  CHECK(chunk::value_or_throw(decoder.next(rest, part)));
  CHECK((part.ends && !part.begins && part.offset == 8));
  CHECK((part.head.id == "ECHO"_id && part.head.length == 16));
  CHECK(chars(part.payload) == "z");
  CHECK(chunk::value_or_throw(decoder.next(rest, part)));
  CHECK(part.offset == 32);
  CHECK(decoder.finish());
}

TEST_CASE("skipped payload of a truncated chunk counts as received") {
  chunk::decoder decoder;
  chunk::fragment part;
  auto rest = bytes("NOOP\0\0\0\0ECHO\x10\0\0\0ab"sv);
  while (chunk::value_or_throw(decoder.next(rest, part))) continue;
  decoder.skip_payload(5);
  CHECK(to_text(decoder.finish().error()) ==
        "truncated at byte 0x8: ECHO declares 16 bytes, 7 are there");
}

TEST_CASE("a chunk that is too large is described with its place, its length and the limit") {
  const auto what = chunk::too_large({"CMPU"_id, 65536}, 0x1234567890, 65535);
  CHECK(what.code == chunk::errc::too_large);
  CHECK(to_text(what) ==
        "too large at byte 0x1234567890: CMPU declares 65536 bytes, 65535 are allowed");
}

TEST_CASE("decoder tells chunks apart whatever size their headers have, wherever it is cut") {
  const auto stream = std::string(two_in_digits) + "CMPU12:OPER1:+SUB0:";
  const auto expected = "NOOP/0@0[]ECHO/3@6[abc]CMPU/12@17[OPER1:+SUB0:]."s;
  const auto in_digits = [](std::span<const std::string_view> pieces, std::uint64_t most) {
    return trace(pieces, most, digit_framing);
  };
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    const std::string_view pieces[] = {std::string_view(stream).substr(0, cut),
                                       std::string_view(stream).substr(cut)};
    CHECK(in_digits(pieces, chunk::max_length) == expected);
    CHECK(in_digits(pieces, 11) ==
          "NOOP/0@0[]ECHO/3@6[abc]!too large at byte 0x11: CMPU declares "
          "12 bytes, 11 are allowed");
  }
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    CAPTURE(size);
    CHECK(in_digits(support::cut_evenly(stream, size), chunk::max_length) == expected);
  }
  CHECK(trace("NOOP0:EC", chunk::max_length, digit_framing) ==
        "NOOP/0@0[]!truncated at byte 0x6: EC: a header has 6 bytes, 2 are there");
}

TEST_CASE("a fragment says how many bytes its chunk's header has") {
  chunk::decoder decoder(chunk::max_length, digit_framing);
  auto rest = bytes("ECHO003:abcECHO12:ab"sv);
  std::string sizes;
  chunk::fragment part;
  while (chunk::value_or_throw(decoder.next(rest, part))) {
    sizes += std::to_string(part.header_size) + ' ' + std::to_string(part.payload_offset()) + ' ' +
             std::to_string(part.chunk_size()) + ", ";
  }
  CHECK(sizes == "8 8 11, 7 18 19, ");
}

TEST_CASE(
    "decoder refuses what is no header, wherever it is cut, and again on every further call") {
  const auto stream = "NOOP0:ECHO1x:abc"s;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    const std::string_view pieces[] = {std::string_view(stream).substr(0, cut),
                                       std::string_view(stream).substr(cut)};
    CHECK(trace(pieces, chunk::max_length, digit_framing) ==
          "NOOP/0@0[]!no header at byte 0x6: ECHO1x");
  }
  chunk::decoder decoder(chunk::max_length, digit_framing);
  auto rest = bytes(std::string_view(stream).substr(6));
  chunk::fragment part;
  for (int call = 0; call < 3; ++call) {
    const auto next = decoder.next(rest, part);
    REQUIRE(!next);
    CHECK(next.error().code == chunk::errc::violation);
    CHECK(chars(rest) == ":abc");
    CHECK(chars(decoder.partial_header()) == "ECHO1x");
    CHECK(to_text(decoder.finish().error()) == to_text(next.error()));
  }
}

TEST_CASE("a header that is refused is kept as it came") {
  for (std::size_t cut = 0; cut <= 8; ++cut) {
    CAPTURE(cut);
    chunk::decoder decoder(2, digit_framing);
    chunk::fragment part;
    auto rest = bytes("ECHO003:abc"sv.substr(0, cut));
    if (cut < 8) CHECK(!chunk::value_or_throw(decoder.next(rest, part)));
    rest = bytes("ECHO003:abc"sv.substr(cut == 8 ? 0 : cut));
    CHECK(!decoder.next(rest, part));
    CHECK(chars(decoder.partial_header()) == "ECHO003:");
    CHECK(chars(rest) == "abc");
  }
}

// Walking

TEST_CASE("a walk gives each chunk with its place, in every framing") {
  CHECK(walk(chunk_framing, "") == ".");
  CHECK(walk(chunk_framing, two_chunks) == "NOOP@0+8[]ECHO@8+8[abc].");
  CHECK(walk(chunk_framing, two_chunks, 1000) == "NOOP@1000+8[]ECHO@1008+8[abc].");
  CHECK(walk(digit_framing, two_in_digits, 5) == "NOOP@5+6[]ECHO@11+8[abc].");
}

TEST_CASE("a walk reports the place and the fault of bytes that are truncated anywhere") {
  struct row {
    chunk::framing how;
    std::string_view wire;
    std::size_t first;  // bytes of the first chunk
  };
  for (const auto& [how, wire, first] :
       {row{chunk_framing, two_chunks, 8}, row{digit_framing, two_in_digits, 6}}) {
    for (std::size_t size = 0; size <= wire.size(); ++size) {
      CAPTURE(size);
      const auto met = walk(how, wire.substr(0, size), 100);
      const auto begin = size < first ? 0 : first;  // of the chunk that is cut
      chunk::decoder decoder(chunk::max_length, how);
      decoder.skip(100);
      auto rest = bytes(wire.substr(0, size));
      chunk::fragment part;
      while (chunk::value_or_throw(decoder.next(rest, part))) continue;
      const bool between = size == 0 || size == first || size == wire.size();
      CHECK(met.ends_with('.') == between);
      if (between) continue;
      const auto front = begin == 0             ? ""s
                         : how == chunk_framing ? "NOOP@100+8[]"s
                                                : "NOOP@100+6[]"s;
      CHECK(met ==
            front + '!' + std::to_string(100 + begin) + ' ' + to_text(decoder.finish().error()));
    }
  }
}

TEST_CASE("a walk reports the place of an invalid header") {
  CHECK(walk(digit_framing, "NOOP0:ECHO:") == "NOOP@0+6[]!6 no header at byte 0x6: ECHO:");
  CHECK(walk(digit_framing, "ECHO99999999999999999999:") ==
        "!0 no header at byte 0x0: ECHO99999999999999999999");
}

TEST_CASE("a walk ends when it is told to, and the rest is not examined") {
  int count = 0;
  const auto owned = support::copied("NOOP\0\0\0\0NOOP\0\0\0\0x"sv);
  const auto wrong = for_each_chunk(chunk_framing, owned, 0,
                                    [&](const chunk::placed_chunk&) { return ++count < 2; });
  CHECK(count == 2);
  CHECK(!wrong);
}

// Subchunks

TEST_CASE("a payload is split into its subchunks in order, repeated IDs kept") {
  CHECK(subchunks("OPER\1\0\0\0+OPND\1\0\0\0003OPND\1\0\0\0004"sv) == "OPER[+]OPND[3]OPND[4]");
  CHECK(subchunks("NOOP\0\0\0\0NOOP\0\0\0\0"sv) == "NOOP[]NOOP[]");
}

TEST_CASE("an empty payload has no subchunks") {
  CHECK(subchunks("") == "");
}

TEST_CASE("subchunks go one level deep only") {
  CHECK(subchunks("NOOP\x8\0\0\0NOOP\0\0\0\0"sv) == "NOOP[NOOP\0\0\0\0]"s);
}

TEST_CASE("a payload that ends inside the header of a subchunk is malformed") {
  CHECK(subchunks("x") ==
        "! malformed subchunks: subchunks truncated at byte 0x0: x: a header has 8 bytes, 1 are "
        "there");
  CHECK(subchunks("NOOP\0\0\0\0OPND\1"sv) ==
        "! malformed subchunks: subchunks truncated at byte 0x8: OPND: a header has 8 bytes, 5 are "
        "there");
}

TEST_CASE("a payload that ends inside the payload of a subchunk is malformed") {
  CHECK(subchunks("OPND\2\0\0\0003"sv) ==
        "! malformed subchunks: subchunks truncated at byte 0x0: OPND declares 2 bytes, 1 are "
        "there");
  CHECK(subchunks("OPND\xff\xff\xff\xff"sv) ==
        "! malformed subchunks: subchunks truncated at byte 0x0: OPND declares 4294967295 bytes, 0 "
        "are there");
}

TEST_CASE("only the prefixes that end between two subchunks are not malformed") {
  const auto payload = "OPER\1\0\0\0+OPND\1\0\0\0003OPND\0\0\0\0"sv;
  for (std::size_t size = 0; size <= payload.size(); ++size) {
    CAPTURE(size);
    const bool between = size == 0 || size == 9 || size == 18 || size == 26;
    CHECK(!subchunks(payload.substr(0, size)).starts_with("!") == between);
  }
}

TEST_CASE("a payload is split by the framing that its stream has") {
  const auto owned = support::copied(two_in_digits);
  const auto inner = chunk::value_or_throw(chunk::split(owned, 50, digit_framing));
  REQUIRE(inner.size() == 2);
  CHECK(inner[1].offset == 56);
  CHECK(inner[1].payload_offset() == 64);
  CHECK(inner[1].size() == 11);
  CHECK(chars(inner[1].payload) == "abc");
  CHECK(to_text(chunk::split(owned, 50).error()) ==
        "subchunks truncated at byte 0x32: NOOP declares 1128610352 bytes, 9 are there");
}

TEST_CASE("subchunks borrow from the payload and encode to it again") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto payload = random_stream(random, seed % 5, 300);
    std::string again;
    for (const auto& each : chunk::value_or_throw(chunk::split(bytes(payload)))) {
      again += encoded(each);
    }
    CHECK(again == payload);
  }
}
