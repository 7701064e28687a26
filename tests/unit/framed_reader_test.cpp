// A chunk_reader of streams in the framings of protocol files.
#include "support/bytes.hpp"
#include "support/memory_transport.hpp"
#include "support/run.hpp"
#include "support/trace.hpp"

#include <chunk/error.hpp>
#include <chunk/escape.hpp>
#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::literals;
using chunk::fragment_kind;
using chunk::stream_side;
using support::chars;
using support::far_side;
using support::memory_transport;
using support::run;

namespace {

chunk::protocol protocol_of(std::string_view text) {
  return value_or_throw(chunk::parse_protocol(text, "test"));
}

const auto postgres = protocol_of(R"(
header = "id:1 length:u32be"
counts = "length"
opening = "length:u32be"
[Q]
[R]
)");

const auto http2 = protocol_of(R"(
header = "length:u24be id:u8 flags:u8 stream:u32be"
start = { client = "PRI * " }
)");

const auto png = protocol_of(R"(
header = "length:u32be id:4"
start = "%89PNG"
trailer = "crc32"
)");

const auto riff = protocol_of(R"(
header = "id:4 length:u32le"
align = 2
depth = 4
[RIFF]
contains = ["*"]
prefix = 4
open = [0xffffffff]
[LIST]
contains = ["*"]
prefix = 4
)");

/// Bytes behind the payload up to a multiple of eight, also where the last chunk has none.
const auto w64 = protocol_of(R"(
header = "id:4 length:u32le"
align = 8
depth = 2
[RIFF]
contains = ["*"]
)");

std::string be32(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}

std::string le32(std::uint32_t value) {
  const auto out = be32(value);
  return {out.rbegin(), out.rend()};
}

/// A chunk of RIFF without its padding.
std::string unpadded(std::string_view id, std::string_view payload) {
  return std::string(id) + le32(static_cast<std::uint32_t>(payload.size())).append(payload);
}

std::string padded(std::string_view id, std::string_view payload) {
  return unpadded(id, payload) + (payload.size() % 2 ? "\0"s : ""s);
}

const auto wave =
    padded("RIFF", "WAVE" + padded("fmt ", "12345678") +
                       padded("LIST", "INFO" + padded("ISFT", "sox") + padded("ICMT", "x")) +
                       padded("data", "abcdefghijklmnopqrstuvwxyz1"));

struct received {
  std::string trace;  ///< each fragment in words, with the payloads of one chunk joined
  std::string raw;    ///< all that raw() gave
  std::size_t fragments = 0;
};

/// Adds "ID/LENGTH@OFFSET[PAYLOAD]", with TAIL behind it in parentheses, "<PREAMBLE>" or "?STRAY?".
/// A container that is walked has its subchunks between braces.
void append(received& out, const chunk::session::chunk_reader& from, const chunk::fragment& given) {
  auto& text = out.trace;
  const auto payload = chunk::escaped(given.payload);
  ++out.fragments;
  switch (given.kind) {
    case fragment_kind::preamble: text += '<' + payload + '>'; return;
    case fragment_kind::stray:
      if (given.begins) text += '?' + from.stray_reason().detail + ": ";
      text += payload;
      if (given.ends) text += '?';
      return;
    case fragment_kind::chunk: break;
  }
  if (given.begins) {
    const auto length = given.open ? "open" : std::to_string(given.head.length);
    text += to_text(given.head.id) + '/' + length + '@' + std::to_string(given.offset) + '[';
  }
  text += payload;
  if (given.enters) text += "{";
  if (given.leaves) text += "}";
  if (!given.ends) return;
  text += ']';
  if (!given.tail.empty()) text += '(' + chunk::escaped(given.tail) + ')';
  if (given.wrong_trailer) text += "!trailer";
  if (given.wrong_padding) text += "!padding";
}

asio::awaitable<received> receive_all(chunk::session::chunk_reader& from) {
  received out;
  for (bool more = true; more;) {
    more = co_await from.fill();
    for (;;) {
      const auto given = from.next();
      out.raw += chars(from.raw());
      if (!given) break;
      append(out, from, *given);
    }
  }
  const auto done = from.finish();
  out.trace += done ? "." : " " + done.error().detail;
  co_return out;
}

received receive(const chunk::protocol& rules, std::vector<std::string> pieces,
                 chunk::session::reader_options options = {},
                 stream_side side = stream_side::unknown) {
  asio::io_context context{1};
  far_side far{.pieces = std::move(pieces)};
  memory_transport link(context, far);
  options.framing = rules.framing.of(side);
  options.rules = &rules;
  chunk::session::chunk_reader from(link, options);
  return run(context, receive_all(from));
}

/// What a reader gives for `stream`, after a check that it gives the same wherever it is cut.
std::string trace(const chunk::protocol& rules, const std::string& stream,
                  chunk::session::reader_options options = {},
                  stream_side side = stream_side::unknown) {
  const auto whole = receive(rules, {stream}, options, side);
  CHECK((whole.raw == stream));
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    CAPTURE(cut);
    const auto got = receive(rules, {stream.substr(0, cut), "", stream.substr(cut)}, options, side);
    CHECK(got.trace == whole.trace);
    CHECK((got.raw == stream));
  }
  std::vector<std::string> bytes;
  for (const char each : stream) bytes.emplace_back(1, each);
  CHECK(receive(rules, bytes, options, side).trace == whole.trace);
  return whole.trace;
}

}  // namespace

TEST_CASE("a client's first chunk has the header of its own, also where the side shows by that") {
  const auto opening = be32(11) + "\0\3\0\0ab\0"s;
  const auto query = "Q" + be32(6) + "1;";
  CHECK(trace(postgres, opening + query) == "/7@0[%00%03%00%00ab%00]Q/2@11[1;].");
  CHECK(trace(postgres, query + query) == "Q/2@0[1;]Q/2@7[1;].");
  CHECK(trace(postgres, opening + query, {}, stream_side::client) ==
        "/7@0[%00%03%00%00ab%00]Q/2@11[1;].");
}

TEST_CASE("a reader finds out whose stream it is by its start") {
  const auto frame = "\0\0\2\4\1\0\0\0\0hi"s;
  CHECK(trace(http2, "PRI * " + frame + frame) == "<PRI%20*%20>4/2@6[hi]4/2@17[hi].");
  CHECK(trace(http2, frame + frame) == "4/2@0[hi]4/2@11[hi].");
  CHECK(trace(http2, frame, {}, stream_side::server) == "4/2@0[hi].");
  CHECK(receive(http2, {frame}, {}, stream_side::client).trace ==
        " memory: no start at byte 0x0: the stream begins with %00, not with PRI%20*%20");
  CHECK(receive(http2, {"PR"}).trace.starts_with(" memory: "));
}

TEST_CASE("a wrong start is found before all of it has come") {
  const auto got = receive(png, {"NO", ""}, {});
  CHECK(got.trace.starts_with(" memory: no start at byte 0x0"));
}

TEST_CASE("a reader that begins in the midst of a stream expects no start") {
  CHECK(receive(png, {be32(0) + "IEND\xae\x42\x60\x82"}, {.start = 100}).trace ==
        "IEND/0@100[](%aeB`%82).");
}

TEST_CASE("a chunk comes whole with its trailer, and a longer one in fragments") {
  const auto good = be32(0) + "IEND\xae\x42\x60\x82"s;
  const auto wrong = be32(3) + "tEXtabc\1\2\3\4"s;
  const auto stream = "\x89PNG" + wrong + good;
  const auto expected = "<%89PNG>tEXt/3@4[abc](%01%02%03%04)!trailerIEND/0@19[](%aeB`%82)."s;
  CHECK(trace(png, stream) == expected);
  CHECK(trace(png, stream, {.hold = 2}) == expected);
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    CHECK(receive(png, {stream.substr(0, cut), stream.substr(cut)}).fragments == 3);
  }
}

TEST_CASE("a stream that ends within a trailer is truncated") {
  const auto got = receive(png, {"\x89PNG" + be32(0) + "IEND\xae\x42"s});
  CHECK(got.trace.ends_with("IEND: the bytes behind the payload are missing"));
}

TEST_CASE("the bytes of an incomplete trailer are given once") {
  asio::io_context context{1};
  far_side far{.pieces = {"\x89PNG" + be32(0) + "IEND\xae\x42"s}};
  memory_transport link(context, far);
  chunk::session::reader_options options;
  options.framing = png.framing;
  chunk::session::chunk_reader from(link, options);
  const auto got = run(context, receive_all(from));
  CHECK(got.raw.ends_with("IEND\xae\x42"));
  CHECK(!from.next());
  CHECK(from.raw().empty());
}

TEST_CASE("containers within the hold come whole, and longer ones are walked") {
  CHECK(receive(riff, {wave}).fragments == 1);
  const auto walked = trace(riff, wave, {.hold = 30});
  CHECK(walked ==
        "RIFF/90@0[WAVE{fmt%20/8@12[12345678]LIST/26@28[INFOISFT%03%00%00%00sox%00ICMT%01%00%00%00"
        "x%00]data/27@62[abcdefghijklmnopqrstuvwxyz1](%00)}].");
  CHECK(trace(riff, wave, {.hold = 20}) ==
        "RIFF/90@0[WAVE{fmt%20/8@12[12345678]LIST/26@28[INFO{ISFT/3@40[sox](%00)ICMT/1@52[x](%00)}]"
        "data/27@62[abcdefghijklmnopqrstuvwxyz1](%00)}].");
}

TEST_CASE("without rules a long container comes in fragments like other chunks") {
  asio::io_context context{1};
  far_side far{.pieces = {wave}};
  memory_transport link(context, far);
  chunk::session::reader_options options;
  options.hold = 20;
  options.framing = riff.framing;
  chunk::session::chunk_reader from(link, options);
  const auto got = run(context, receive_all(from));
  CHECK(got.trace.find('{') == got.trace.npos);
  CHECK((got.raw == wave));
}

TEST_CASE("the padding of the last chunk may be missing") {
  CHECK(trace(riff, unpadded("abcd", "xyz")) == "abcd/3@0[xyz]!padding.");
  CHECK(trace(riff, unpadded("abcd", "xyz"), {.hold = 1}) == "abcd/3@0[xyz]!padding.");
  for (std::size_t cut = 1; cut < 11; ++cut) {
    const auto stream = unpadded("abcd", "xyz");
    CHECK(receive(riff, {stream.substr(0, cut), stream.substr(cut)}).fragments == 1);
  }
  const auto inner = unpadded("abcd", "x");
  const auto outer = unpadded("RIFF", inner) + std::string(7, '\0') + unpadded("next", "");
  CHECK(trace(w64, outer, {.hold = 4}) ==
        "RIFF/9@0[{abcd/1@8[x]!padding}](%00%00%00%00%00%00%00)next/0@24[].");
}

TEST_CASE("a container of open length is walked to the end of the stream") {
  const auto stream =
      "RIFF" + le32(0xffffffff) + "WAVE" + padded("fmt ", "12") + unpadded("abcd", "x");
  CHECK(trace(riff, stream) == "RIFF/open@0[WAVE{fmt%20/2@12[12]abcd/1@22[x]!padding}].");
  CHECK(receive(riff, {stream.substr(0, 20)}).trace ==
        "RIFF/open@0[WAVE{fmt%20/2@12[ memory: truncated at byte 0xc: fmt%20 declares 2 bytes, 0 "
        "are there");
}

TEST_CASE("a container of open length that its own container ends at once is not walked") {
  const auto nested = protocol_of(R"(
header = "id:4 length:u32le"
align = 2
depth = 4
[RIFF]
contains = ["*"]
prefix = 4
[LIST]
contains = ["*"]
prefix = 4
open = [0xffffffff]
)");
  const auto list = "LIST" + le32(0xffffffff);
  const auto filler = padded("abcd", "12345678");
  for (const auto& [inside, shown] :
       std::vector<std::pair<std::string, std::string>>{{"", ""}, {"IN", "IN"}, {"INFO", "INFO"}}) {
    CAPTURE(inside);
    const auto stream = padded("RIFF", "WAVE" + filler + list + inside) + padded("next", "ok");
    const auto end = std::to_string(36 + inside.size());
    CHECK(trace(nested, stream, {.hold = 10}) == "RIFF/" + std::to_string(28 + inside.size()) +
                                                     "@0[WAVE{abcd/8@12[12345678]LIST/open@28[" +
                                                     shown + "]}]next/2@" + end + "[ok].");
  }
}

TEST_CASE("what is no chunk in a container is stray, and the walk goes on behind it") {
  const auto lie = padded("fmt ", "12345678") + "data" + le32(4000) + "abcdefghij";
  const auto stream = padded("RIFF", "WAVE" + lie) + padded("next", "ok");
  CHECK(trace(riff, stream, {.hold = 20}) ==
        "RIFF/38@0[WAVE{fmt%20/8@12[12345678]?in RIFF at byte 0x1c: data declares 4000 bytes, 10 "
        "are there: data%a0%0f%00%00abcdefghij?}]next/2@46[ok].");
}

TEST_CASE("a subchunk of which only the trailer is missing is stray for that reason") {
  const auto rules =
      protocol_of("header = 'id:1 length:u8'\ntrailer = '%ff'\n[C]\ncontains = ['*']\n");
  CHECK(trace(rules, "C\6y\0\xffx\1a\xff"s, {.hold = 1}) ==
        "C/6@0[{y/0@2[](%ff)?in C at byte 0x5: x: the bytes behind the payload are missing: "
        "x%01a?}](%ff).");
}

TEST_CASE("the end of a stream counts as more where a chunk ends with it") {
  asio::io_context context{1};
  const auto chunks = [&](const std::string& stream) {
    far_side far{.pieces = {stream}};
    memory_transport link(context, far);
    chunk::session::reader_options options;
    options.framing = riff.framing;
    chunk::session::chunk_reader from(link, options);
    std::string out;
    while (run(context, from.fill())) {
      while (const auto given = from.next()) {
        if (given->ends) out += to_text(given->head.id) + ' ';
      }
    }
    return out + (from.finish() ? "." : "!");
  };
  CHECK(chunks(padded("abcd", "x")) == "abcd .");
  CHECK(chunks(padded("abcd", "x") + unpadded("efgh", "y")) == "abcd efgh .");
  CHECK(chunks("RIFF" + le32(0xffffffff) + "WAVE") == "RIFF .");
  CHECK(chunks(padded("abcd", "x") + "efgh") == "abcd !");
}

TEST_CASE("a reader may refuse chunks without a length") {
  const auto stream = padded("abcd", "x") + "RIFF" + le32(0xffffffff) + "WAVE";
  CHECK(receive(riff, {stream}, {.open = false}).trace ==
        "abcd/1@0[x](%00) memory: RIFF at byte 0xa has no length");
}

TEST_CASE("payloads in containers are skipped where the input can be") {
  asio::io_context context{1};
  const auto long_one = padded("data", std::string(20'001, 'x'));
  far_side far{.pieces = {padded("RIFF", "WAVE" + long_one + padded("LIST", "INFO"))},
               .seekable = true};
  memory_transport link(context, far);
  chunk::session::reader_options options;
  options.hold = 20;
  options.block = 512;
  options.payloads = false;
  options.framing = riff.framing;
  options.rules = &riff;
  chunk::session::chunk_reader from(link, options);
  const auto got = run(context, receive_all(from));
  CHECK(got.trace.find("LIST/4@20022[INFO]}].") != got.trace.npos);
  CHECK(far.skipped > 15'000);
}

TEST_CASE("a length too small for what it counts ends the stream with its offset") {
  const auto got = receive(postgres, {"Q" + be32(4) + "Q" + be32(3)});
  CHECK(got.trace.starts_with("Q/0@0[] memory: "));
  CHECK(got.trace.find("byte 0x5") != got.trace.npos);
}
