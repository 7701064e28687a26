#include "support/bytes.hpp"
#include "support/memory_transport.hpp"
#include "support/run.hpp"
#include "support/samples.hpp"
#include "support/trace.hpp"

#include <chunk/framing.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace chunk::literals;
using namespace std::literals;
using support::chars;
using support::far_side;
using support::memory_transport;
using support::run;
using support::sample;

namespace {

/// The wire form of a chunk that declares `length` bytes and has `payload`.
std::string wire(chunk::id id, std::uint32_t length, std::string_view payload = {}) {
  return chars(encode(chunk::header{id, length})) + std::string(payload);
}

std::string wire(chunk::id id, std::string_view payload) {
  return wire(id, static_cast<std::uint32_t>(payload.size()), payload);
}

std::vector<std::string> strings(const std::vector<std::string_view>& from) {
  return {from.begin(), from.end()};
}

/// The longest chunk of the samples declares 65545 bytes.
constexpr chunk::session::reader_options whole{.hold = 100'000};

/// What a reader gave for a stream.
struct received {
  std::string trace;      ///< as support::trace() shows it
  std::string raw;        ///< all that raw() gave
  std::size_t parts = 0;  ///< calls of next() that gave something
  std::size_t begun = 0;  ///< chunks that began
};

/// Takes what `from` gives without reading more; `before` is the fragment before it.
void take_parts(chunk::session::chunk_reader& from, received& out,
                std::optional<chunk::fragment>& before) {
  for (;;) {
    const auto now = from.next();
    const auto raw = chars(from.raw());
    out.raw += raw;
    if (!now) return;
    support::append_part(out.trace, *now, before ? &*before : nullptr, now->payload);
    const auto head = now->begins ? chars(encode(now->head)) : ""s;
    support::require(raw == head + chars(now->payload), "raw() is what a part was made of");
    before = now;
    ++out.parts;
    if (now->begins) ++out.begun;
  }
}

asio::awaitable<received> receive_all(chunk::session::chunk_reader& from) {
  received out;
  std::optional<chunk::fragment> before;
  for (;;) {
    take_parts(from, out, before);
    const bool more = co_await from.fill();
    if (!more) break;
  }
  take_parts(from, out, before);
  const auto done = from.finish();
  out.trace += done ? "." : '!' + to_text(done.error());
  co_return out;
}

received receive_all(std::vector<std::string> pieces, chunk::session::reader_options options = {}) {
  asio::io_context context{1};
  far_side far{.pieces = std::move(pieces)};
  memory_transport link(context, far);
  chunk::session::chunk_reader from(link, options);
  return run(context, receive_all(from));
}

/// Every chunk as ID/length@offset, with [ where it begins and ] where it ends; then the end.
asio::awaitable<std::string> outline(chunk::session::chunk_reader& from) {
  std::string out;
  for (bool more = true; more;) {
    more = co_await from.fill();
    while (const auto given = from.next()) {
      const auto& head = given->head;
      const auto where = std::to_string(head.length) + '@' + std::to_string(given->offset);
      if (given->begins) out += to_text(head.id) + '/' + where + "[ ";
      if (given->ends) out += "] ";
    }
  }
  const auto done = from.finish();
  co_return out + (done ? "." : '!' + to_text(done.error()));
}

/// What a reader should give for `stream`: the same as the decoder, with the transport in errors.
std::string expected(std::string_view stream, std::uint32_t max_payload = chunk::max_length) {
  auto out = support::trace(stream, max_payload);
  const auto error = out.rfind('!');
  if (out.back() != '.') out.insert(error + 1, "memory: ");
  return out;
}

/// A reader with its own far side.
struct rig {
  explicit rig(far_side script, chunk::session::reader_options options = {},
               chunk::session::buffer_pool* pool = nullptr)
      : far(std::move(script)), link(context, far), from(link, options, pool) {}

  bool fill() { return run(context, from.fill()); }
  std::string take(std::size_t count) { return chars(run(context, from.take(count))); }

  /// The next fragment as "ID:payload", or "-".
  std::string next() {
    const auto given = from.next();
    return given ? to_text(given->head.id) + ':' + chars(given->payload) : "-";
  }

  std::string finish() {
    const auto done = from.finish();
    return done ? "ended" : to_text(done.error());
  }

  asio::io_context context{1};
  far_side far;
  memory_transport link;
  chunk::session::chunk_reader from;
};

/// read_ahead() in the background, as long as this lives.
class reading_ahead {
 public:
  reading_ahead(rig& on, std::size_t most) : context_(on.context) {
    asio::co_spawn(
        context_, on.from.read_ahead(most),
        asio::bind_cancellation_slot(stop_.slot(), [this](const std::exception_ptr& problem) {
          done_ = true;
          problem_ = problem;
        }));
    support::run_ready(context_);
  }
  ~reading_ahead() {
    stop_.emit(asio::cancellation_type::terminal);
    support::run_ready(context_);
  }
  reading_ahead(const reading_ahead&) = delete;
  reading_ahead& operator=(const reading_ahead&) = delete;

  bool done() const { return done_; }

  /// What ended it.
  std::string reason() const {
    try {
      if (problem_) std::rethrow_exception(problem_);
    } catch (const chunk::failure& problem) {
      return problem.what();
    }
    return "nothing";
  }

 private:
  asio::io_context& context_;
  std::exception_ptr problem_;
  asio::cancellation_signal stop_;
  bool done_ = false;
};

}  // namespace

// Whole chunks and fragments

TEST_CASE("a reader gives the same chunks, each whole, wherever the input is split") {
  for (const auto name : support::sample_streams) {
    CAPTURE(name);
    const auto stream = sample(name);
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
      CAPTURE(cut);
      const auto got = receive_all({stream.substr(0, cut), "", stream.substr(cut)}, whole);
      CHECK(got.trace == expected(stream));
      CHECK(got.parts == got.begun);
      CHECK((got.raw == stream));
    }
  }
}

TEST_CASE("a reader gives the same chunks, each whole, for pieces of every size") {
  for (const auto name : support::sample_streams) {
    CAPTURE(name);
    const auto stream = sample(name);
    for (std::size_t size = 1; size <= 40; ++size) {
      CAPTURE(size);
      const auto got = receive_all(strings(support::cut_evenly(stream, size)), whole);
      CHECK(got.trace == expected(stream));
      CHECK(got.parts == got.begun);
      CHECK((got.raw == stream));
    }
  }
}

TEST_CASE(
    "chunks above the hold come in fragments that join to the same, wherever the input is split") {
  for (const auto name : support::sample_streams) {
    CAPTURE(name);
    const auto stream = sample(name);
    for (const std::uint32_t hold : {0U, 3U, 20U}) {
      CAPTURE(hold);
      for (std::size_t cut = 1; cut < stream.size(); ++cut) {
        CAPTURE(cut);
        const auto got = receive_all({stream.substr(0, cut), stream.substr(cut)}, {.hold = hold});
        CHECK(got.trace == expected(stream));
        CHECK((got.raw == stream));
      }
    }
  }
}

TEST_CASE("chunks above the hold come in fragments that join to the same, whatever the buffer") {
  for (const auto name : support::sample_streams) {
    CAPTURE(name);
    const auto stream = sample(name);
    for (std::size_t block = 1; block <= 20; ++block) {
      CAPTURE(block);
      const auto got = receive_all({stream}, {.hold = 4, .block = block});
      CHECK(got.trace == expected(stream));
      CHECK((got.raw == stream));
    }
  }
}

TEST_CASE("a chunk as long as the hold is given whole, and one byte more comes in fragments") {
  const chunk::session::reader_options options{.hold = 10, .block = 4};
  CHECK(receive_all({wire("ECHO"_id, std::string(10, 'x'))}, options).parts == 1);
  CHECK(receive_all({wire("ECHO"_id, std::string(11, 'x'))}, options).parts > 1);
}

TEST_CASE("a chunk above the hold comes in fragments even if all of it has arrived") {
  rig on({.pieces = {wire("ECHO"_id, "abc") + wire("CMPU"_id, "abcd")}}, {.hold = 3});
  CHECK(on.fill());
  CHECK(on.next() == "ECHO:abc");
  CHECK(on.next() == "CMPU:");
  CHECK(on.next() == "CMPU:abcd");
  CHECK(on.next() == "-");
}

TEST_CASE("a chunk above the hold is given as far as it has arrived") {
  rig on({.pieces = {wire("ECHO"_id, 10, "ab"), "cde", "fghij"}}, {.hold = 9});
  CHECK(on.next() == "-");
  CHECK(on.fill());
  CHECK(on.next() == "ECHO:");
  CHECK(on.next() == "ECHO:ab");
  CHECK(on.next() == "-");
  CHECK(on.fill());
  CHECK(on.next() == "ECHO:cde");
  CHECK(on.fill());
  CHECK(on.next() == "ECHO:fghij");
  CHECK_FALSE(on.fill());
  CHECK(on.finish() == "ended");
}

TEST_CASE("a chunk within the hold is not given before it is whole") {
  rig on({.pieces = {wire("ECHO"_id, 4, "abc"), "d"}});
  CHECK(on.fill());
  CHECK(on.next() == "-");
  CHECK(on.from.raw().empty());
  CHECK(on.fill());
  CHECK(on.next() == "ECHO:abcd");
  CHECK(chars(on.from.raw()) == wire("ECHO"_id, "abcd"));
}

TEST_CASE("an empty stream is valid") {
  CHECK(receive_all({}).trace == ".");
}

// Limits

TEST_CASE("a chunk of the largest length allowed is received, and a larger one is too large") {
  const auto stream = wire("ECHO"_id, "abcd") + wire("CMPU"_id, "abcde");
  CHECK(receive_all({stream}, {.max_payload = 5}).trace == "ECHO/4@0[abcd]CMPU/5@12[abcde].");
  CHECK(receive_all({stream}, {.max_payload = 4}).trace ==
        "ECHO/4@0[abcd]!memory: too large at byte 0xc: CMPU declares 5 bytes, 4 are allowed");
}

TEST_CASE(
    "a chunk is refused as too large as soon as its header has arrived, wherever that is split") {
  const auto stream = wire("NOOP"_id, "") + wire("ECHO"_id, "ab") + wire("CMPU"_id, 4294967295U);
  for (std::size_t cut = 1; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    rig on({.pieces = {stream.substr(0, cut), stream.substr(cut), ""}, .ends = false},
           {.max_payload = 65535, .hold = 65535});
    const auto got = run(on.context, receive_all(on.from));
    CHECK(got.trace ==
          "NOOP/0@0[]ECHO/2@8[ab]"
          "!memory: too large at byte 0x12: CMPU declares 4294967295 bytes, 65535 are allowed");
  }
}

TEST_CASE("after a chunk that is too large nothing more is read") {
  rig on({.pieces = {wire("ECHO"_id, "ab") + wire("CMPU"_id, 100), "more"}}, {.max_payload = 50});
  CHECK(on.fill());
  CHECK(on.next() == "ECHO:ab");
  CHECK(on.next() == "-");
  CHECK_FALSE(on.fill());
  CHECK(on.from.try_fill() == false);
  CHECK(on.take(3) == "");
  CHECK(on.far.reads == 1);
  const auto done = on.from.finish();
  REQUIRE_FALSE(done);
  CHECK(done.error().code == chunk::errc::too_large);
}

TEST_CASE("memory does not grow with a declared length") {
  constexpr std::uint32_t hold = 16 << 20;
  for (const std::uint32_t length : {4294967295U, hold}) {
    CAPTURE(length);
    rig on({.pieces = {wire("ECHO"_id, length, "abc"), "def"}}, {.hold = hold});
    const auto got = run(on.context, receive_all(on.from));
    CHECK(got.trace == "ECHO/" + std::to_string(length) +
                           "@0[abcdef!memory: truncated at byte 0x0: ECHO declares " +
                           std::to_string(length) + " bytes, 6 are there");
    CHECK(on.far.largest_room <= chunk::session::reader_options{}.block);
  }
}

TEST_CASE(
    "the buffer for a long chunk within the hold grows only with the bytes that have arrived") {
  const auto stream = wire("ECHO"_id, std::string(1 << 20, 'x'));
  for (const std::size_t there : {5'000U, 100'000U, 1'000'000U}) {
    CAPTURE(there);
    rig on({.pieces = strings(support::cut_evenly(stream.substr(0, there), 1000))},
           {.hold = 1 << 20, .block = 4096});
    while (on.fill()) CHECK(on.next() == "-");
    CHECK(on.far.largest_room <= std::max<std::size_t>(there, 4096));
  }
}

TEST_CASE("in fragments a chunk of any length needs only one buffer") {
  rig on({.pieces = {wire("ECHO"_id, std::string(100'000, 'x'))}}, {.hold = 1000, .block = 2000});
  const auto got = run(on.context, receive_all(on.from));
  CHECK((got.raw == on.far.pieces[0]));
  CHECK(on.far.largest_room == 2000);
}

// The end

TEST_CASE(
    "every prefix of a stream is received as far as it goes, and is truncated inside a chunk") {
  for (std::size_t index = 0; index < support::whole_samples; ++index) {
    const auto name = support::sample_streams[index];
    CAPTURE(name);
    const auto stream = sample(name);
    for (std::size_t size = 0; size < stream.size(); ++size) {
      CAPTURE(size);
      const auto prefix = stream.substr(0, size);
      const auto got = receive_all({prefix});
      CHECK(got.trace == expected(prefix));
      CHECK((got.raw == prefix));
    }
  }
}

TEST_CASE("after the end of the stream next() gives the incomplete chunk, once") {
  rig on({.pieces = {wire("ECHO"_id, "ab") + wire("CMPU"_id, 9, "abc")}});
  CHECK(on.fill());
  CHECK(on.next() == "ECHO:ab");
  CHECK(on.next() == "-");
  CHECK_FALSE(on.fill());
  const auto rest = on.from.next();
  REQUIRE(rest);
  CHECK(rest->begins);
  CHECK_FALSE(rest->ends);
  CHECK(chars(rest->payload) == "abc");
  CHECK(on.next() == "-");
  CHECK(on.from.raw().empty());
  CHECK(on.finish() == "memory: truncated at byte 0xa: CMPU declares 9 bytes, 3 are there");
}

TEST_CASE("after the end of the stream raw() gives the incomplete header") {
  rig on({.pieces = {"ECHO\5"}});
  CHECK(on.fill());
  CHECK(on.next() == "-");
  CHECK(on.from.raw().empty());
  CHECK_FALSE(on.fill());
  CHECK(on.next() == "-");
  CHECK(chars(on.from.raw()) == "ECHO\5");
  CHECK(on.finish() == "memory: truncated at byte 0x0: ECHO: a header has 8 bytes, 5 are there");
}

TEST_CASE("finish() drops chunks that were not asked for and says whether the end was valid") {
  rig unbroken({.pieces = {wire("ECHO"_id, "ab") + wire("ECHO"_id, "cd")}});
  CHECK(unbroken.fill());
  CHECK_FALSE(unbroken.fill());
  CHECK(unbroken.finish() == "ended");
  CHECK(unbroken.next() == "-");
  rig cut({.pieces = {wire("ECHO"_id, "ab") + "EC"}});
  CHECK(cut.fill());
  CHECK_FALSE(cut.fill());
  CHECK(cut.finish() == "memory: truncated at byte 0xa: EC: a header has 8 bytes, 2 are there");
  CHECK(cut.from.finish().error().code == chunk::errc::truncated);
}

TEST_CASE("a stream that has ended is not read again") {
  rig on({.pieces = {wire("NOOP"_id, "")}});
  CHECK(on.fill());
  CHECK_FALSE(on.fill());
  CHECK_FALSE(on.fill());
  CHECK(on.from.try_fill() == false);
  CHECK(on.far.reads == 2);
}

TEST_CASE("chunks that arrived before a failed read are given") {
  const auto stream = wire("ECHO"_id, "ab") + wire("ECHO"_id, "cd");
  rig on({.pieces = {stream}, .read_fails_at = 15});
  CHECK(on.fill());
  CHECK_THROWS_WITH_AS(on.fill(), "memory: connection reset by peer", chunk::failure);
  CHECK(on.next() == "ECHO:ab");
  CHECK(on.next() == "-");
}

// Reading without waiting

TEST_CASE("try_fill() distinguishes bytes, no bytes yet, and the end") {
  rig on({.pieces = {wire("NOOP"_id, ""), "", wire("ECHO"_id, "ab")}});
  CHECK(on.from.try_fill() == true);
  CHECK(on.next() == "NOOP:");
  CHECK(on.from.try_fill() == std::nullopt);
  CHECK(on.from.try_fill() == std::nullopt);
  CHECK(run(on.context, on.link.wait_readable()));
  CHECK(on.from.try_fill() == true);
  CHECK(on.next() == "ECHO:ab");
  CHECK(on.from.try_fill() == false);
  CHECK(on.finish() == "ended");
}

TEST_CASE("drained() tells whether the last read got all available bytes") {
  rig on({.pieces = {std::string(16, 'x')}, .ends = false}, {.hold = 0, .block = 12});
  CHECK(on.fill());
  CHECK_FALSE(on.from.drained());
  while (on.from.next()) {
  }
  CHECK(on.fill());
  CHECK(on.from.drained());
}

TEST_CASE("held() counts the bytes that next() has not given") {
  rig on({.pieces = {wire("ECHO"_id, "ab") + wire("ECHO"_id, 5, "c"), "defg"}});
  CHECK(on.from.held() == 0);
  CHECK(on.fill());
  CHECK(on.from.held() == 19);
  CHECK(on.next() == "ECHO:ab");
  CHECK(on.from.held() == 9);
  CHECK(on.fill());
  CHECK(on.next() == "ECHO:cdefg");
  CHECK(on.from.held() == 0);
}

// Reading ahead

TEST_CASE("reading ahead receives while something else waits") {
  const auto stream = sample("d1.chunk");
  rig on({.pieces = strings(support::cut_evenly(stream, 10)), .ends = false});
  {
    const reading_ahead background(on, far_side::never);
    CHECK(on.from.held() == stream.size());
    CHECK_FALSE(background.done());
  }
  received got;
  std::optional<chunk::fragment> before;
  take_parts(on.from, got, before);
  CHECK(got.trace + '.' == expected(stream));
}

TEST_CASE("reading ahead stops when there is too much to hold") {
  rig on({.pieces = strings(support::cut_evenly(std::string(1000, 'x'), 10))}, {.block = 16});
  const reading_ahead background(on, 95);
  CHECK(on.from.held() == 100);
  CHECK(background.reason() == "memory: too much to hold, more than 95 bytes came unasked");
}

TEST_CASE("reading ahead waits to be cancelled after the end of the stream") {
  rig on({.pieces = {wire("ECHO"_id, "ab")}});
  {
    const reading_ahead background(on, 1000);
    CHECK_FALSE(background.done());
  }
  CHECK(on.next() == "ECHO:ab");
  CHECK_FALSE(on.fill());
  CHECK(on.finish() == "ended");
}

TEST_CASE("reading ahead waits to be cancelled after a fault in the stream") {
  rig on({.pieces = {wire("ECHO"_id, 9)}}, {.max_payload = 8});
  CHECK(on.fill());
  CHECK(on.next() == "-");
  const reading_ahead background(on, 1000);
  CHECK_FALSE(background.done());
}

TEST_CASE("cancelled reading ahead loses no byte") {
  rig on({.pieces = {"ECHO\4\0"s, "\0\0ab"s, "", "cd"}, .ends = false});
  for (int round = 0; round < 3; ++round) const reading_ahead background(on, 10);
  { const reading_ahead background(on, 12); }
  CHECK(on.next() == "ECHO:abcd");
}

// Raw bytes

TEST_CASE("raw bytes can be taken between chunks, however they arrive") {
  for (std::size_t size = 1; size <= 24; ++size) {
    CAPTURE(size);
    const auto stream = "hello" + wire("ECHO"_id, "ab") + "you" + wire("NOOP"_id, "");
    rig on({.pieces = strings(support::cut_evenly(stream, size))});
    CHECK(on.take(0) == "");
    CHECK(on.take(5) == "hello");
    auto next = on.next();
    while (next == "-" && on.fill()) next = on.next();
    CHECK(next == "ECHO:ab");
    CHECK(on.take(2) == "yo");
    CHECK(on.take(1) == "u");
    next = on.next();
    while (next == "-" && on.fill()) next = on.next();
    CHECK(next == "NOOP:");
    CHECK_FALSE(on.fill());
    CHECK(on.finish() == "ended");
  }
}

TEST_CASE("fewer raw bytes are taken at the end of the stream") {
  rig on({.pieces = {"hel", "lo"}});
  CHECK(on.take(9) == "hello");
  CHECK(on.take(1) == "");
  CHECK(on.finish() == "ended");
}

TEST_CASE("more raw bytes can be taken than one read gives") {
  const auto long_text = std::string(100'000, 'x') + 'y';
  rig on({.pieces = strings(support::cut_evenly(long_text, 777))}, {.block = 1000});
  CHECK((on.take(long_text.size()) == long_text));
}

TEST_CASE("no raw bytes can be taken inside a chunk") {
  rig on({.pieces = {wire("ECHO"_id, 10, "ab"), "cdefghij"}}, {.hold = 0});
  CHECK(on.fill());
  CHECK(on.next() == "ECHO:");
  CHECK(on.next() == "ECHO:ab");
  CHECK(on.take(3) == "");
  CHECK(on.fill());
  CHECK(on.next() == "ECHO:cdefghij");
}

TEST_CASE("offsets include raw bytes") {
  rig on({.pieces = {"hello" + wire("NOOP"_id, "") + wire("CMPU"_id, 9, "abc")}});
  CHECK(on.take(5) == "hello");
  const auto first = on.from.next();
  REQUIRE(first);
  CHECK(first->offset == 5);
  CHECK(on.take(4) == "CMPU");
  CHECK_FALSE(on.from.next());
  CHECK_FALSE(on.fill());
  CHECK(on.finish() ==
        "memory: truncated at byte 0x11: %09%00%00%00: a header has 8 bytes, 7 are there");
}

// Payloads that are not wanted

TEST_CASE("a long unwanted payload is skipped, and its chunk still begins and ends") {
  const auto stream = wire("ECHO"_id, std::string(1'000'000, 'x')) + wire("NOOP"_id, "");
  rig on({.pieces = {stream}, .seekable = true}, {.hold = 100, .block = 5000, .payloads = false});
  CHECK(run(on.context, outline(on.from)) == "ECHO/1000000@0[ ] NOOP/0@1000008[ ] .");
  // Both headers and one block of payload are read, and then what one read gives after it.
  CHECK(on.far.skipped == 1'000'000 - (5000 - 8) - 1);
}

TEST_CASE("a payload that cannot be skipped comes in fragments, wanted or not") {
  const auto stream = wire("ECHO"_id, std::string(20'000, 'x')) + wire("NOOP"_id, "");
  for (const bool payloads : {false, true}) {
    CAPTURE(payloads);
    const auto got = receive_all({stream}, {.hold = 100, .payloads = payloads});
    CHECK(got.trace == expected(stream));
    CHECK((got.raw == stream));
  }
}

TEST_CASE("a wanted payload is not skipped") {
  const auto stream = wire("ECHO"_id, std::string(20'000, 'x'));
  rig on({.pieces = {stream}, .seekable = true}, {.hold = 100, .block = 100});
  CHECK((run(on.context, receive_all(on.from)).raw == stream));
  CHECK(on.far.skipped == 0);
}

TEST_CASE("chunks of every length are found after skipped payloads") {
  std::string stream, outlined;
  for (std::uint32_t length = 3990; length < 4210; ++length) {
    outlined += "ECHO/" + std::to_string(length) + '@' + std::to_string(stream.size()) + "[ ] ";
    stream += wire("ECHO"_id, std::string(length, 'x'));
  }
  for (const std::size_t block : {1U, 9U, 100U, 5000U}) {
    CAPTURE(block);
    rig on({.pieces = {stream}, .seekable = true}, {.hold = 10, .block = block, .payloads = false});
    CHECK((run(on.context, outline(on.from)) == outlined + '.'));
    CHECK(on.far.skipped > 0);
    CHECK(on.far.largest_room <= std::max<std::size_t>(block, 8));
  }
}

TEST_CASE("a chunk that ends in a skipped payload is truncated, and its size is reported") {
  const auto stream = wire("NOOP"_id, "") + wire("ECHO"_id, std::string(20'000, 'x'));
  for (const std::size_t size : {8U + 8U, 17U, 8U + 8U + 6000U, 20'014U, 20'015U}) {
    CAPTURE(size);
    rig on({.pieces = {stream.substr(0, size)}, .seekable = true},
           {.hold = 100, .block = 100, .payloads = false});
    CHECK(run(on.context, outline(on.from)) ==
          "NOOP/0@0[ ] ECHO/20000@8[ !memory: truncated at byte 0x8: ECHO declares 20000 bytes, " +
              std::to_string(size - 16) + " are there");
  }
}

TEST_CASE("try_fill() skips payloads as well") {
  rig on({.pieces = {wire("ECHO"_id, std::string(20'000, 'x'))}, .seekable = true},
         {.hold = 100, .block = 100, .payloads = false});
  std::size_t given = 0;
  for (bool more = true; more;) {
    while (const auto part = on.from.next()) given += part->payload.size();
    more = on.from.try_fill().value();
  }
  CHECK(given == 93);
  CHECK(on.far.skipped == 19'907);
  CHECK(on.finish() == "ended");
}

TEST_CASE("after a skipped payload the reads are small at first, and then grow") {
  std::string stream = wire("ECHO"_id, std::string(200'000, 'x'));
  for (int count = 0; count < 100'000; ++count) stream += wire("NOOP"_id, "");
  rig on({.pieces = {stream}, .seekable = true}, {.hold = 100, .payloads = false});
  std::string reads;
  for (bool more = on.fill(); more && reads.size() < 40;) {
    const auto before = on.from.held();
    while (on.from.next()) continue;
    reads += std::to_string(before) + ' ';
    more = on.fill();
  }
  // The last byte of the payload comes first, so that a header is cut, and 7 bytes of it wait.
  CHECK(reads == "65536 4096 8199 16391 32775 65536 65536 ");
}

// Starting later

TEST_CASE("a stream that is read from an offset counts offsets from its beginning") {
  const auto stream = "hello" + wire("ECHO"_id, "ab") + wire("CMPU"_id, 9, "abc");
  for (const bool seekable : {false, true}) {
    CAPTURE(seekable);
    rig on({.pieces = {stream}, .seekable = seekable}, {.start = 5});
    run(on.context, chunk::session::start_at(on.link, 5));
    CHECK(run(on.context, receive_all(on.from)).trace ==
          "ECHO/2@5[ab]CMPU/9@15[abc!memory: truncated at byte 0xf: CMPU declares 9 bytes, 3 are "
          "there");
    CHECK(on.far.skipped == (seekable ? 5 : 0));
  }
}

TEST_CASE("a stream may be read from its end, but not from beyond it") {
  asio::io_context context{1};
  far_side far{.pieces = {"hel", "lo"}};
  memory_transport link(context, far);
  run(context, chunk::session::start_at(link, 5));
  far_side shorter{.pieces = {"hel", "lo"}};
  memory_transport other(context, shorter);
  CHECK_THROWS_WITH_AS(run(context, chunk::session::start_at(other, 6)),
                       "memory: cannot start at byte 6: the stream has 5 bytes", chunk::failure);
}

// Buffers

TEST_CASE("a pool reuses a spare buffer, and grows it if necessary") {
  chunk::session::buffer_pool pool;
  auto first = pool.take(1000);
  CHECK(first.size() == 1000);
  pool.put(std::move(first));
  CHECK(first.empty());  // so that nobody writes into it any more
  CHECK(pool.take(10).size() == 1000);
  CHECK(pool.take(10).size() == 10);
  pool.put(chunk::session::buffer_pool::buffer(10));
  CHECK(pool.take(1000).size() == 1000);
}

TEST_CASE("a pool gives a large buffer only where no other is large enough") {
  chunk::session::buffer_pool pool;
  pool.put(chunk::session::buffer_pool::buffer(1000));
  pool.put(chunk::session::buffer_pool::buffer(128 * 1024 + 1));
  CHECK(pool.take(10).size() == 1000);
  pool.put(chunk::session::buffer_pool::buffer(1000));
  CHECK(pool.take(1001).size() == 128 * 1024 + 1);
  CHECK(pool.take(1001).size() == 1001);
}

TEST_CASE("a pool keeps 8 MiB at most") {
  constexpr std::size_t size = 1024 * 1024;
  chunk::session::buffer_pool pool;
  for (int count = 0; count < 10; ++count) pool.put(chunk::session::buffer_pool::buffer(size));
  std::vector<chunk::session::buffer_pool::buffer> out;
  do {
    out.push_back(pool.take(10));
  } while (out.back().size() == size);
  CHECK(out.size() == 9);
}

TEST_CASE("a pool keeps 64 buffers at most") {
  chunk::session::buffer_pool pool;
  for (int count = 0; count < 100; ++count) pool.put(chunk::session::buffer_pool::buffer(1000));
  std::vector<chunk::session::buffer_pool::buffer> out;
  do {
    out.push_back(pool.take(10));
  } while (out.back().size() == 1000);
  CHECK(out.size() == 65);
}

TEST_CASE("release() gives the buffer back, and keeps what is held") {
  chunk::session::buffer_pool pool;
  rig on({.pieces = {wire("ECHO"_id, "ab"), wire("ECHO"_id, "cd")}}, {.block = 500}, &pool);
  CHECK(on.fill());
  on.from.release();
  CHECK(pool.take(10).size() == 500);
  CHECK(on.next() == "ECHO:ab");
  on.from.release();
  CHECK(pool.take(10).size() == 10);
  CHECK(on.fill());
  CHECK(on.next() == "ECHO:cd");
}

TEST_CASE("a chunk that comes in pieces is whole after a release() at each of them") {
  const auto sent = wire("ECHO"_id, std::string(900, 'x'));
  for (const std::size_t size : {1U, 7U, 200U}) {
    CAPTURE(size);
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < sent.size(); at += size) pieces.push_back(sent.substr(at, size));
    chunk::session::buffer_pool pool;
    rig on({.pieces = pieces}, {.block = 500}, &pool);
    auto got = on.next();
    while (got == "-" && on.fill()) {
      on.from.release();
      got = on.next();
    }
    CHECK(got == "ECHO:" + std::string(900, 'x'));
  }
}

TEST_CASE("release() does not copy what fills much of the buffer") {
  chunk::session::buffer_pool pool;
  const auto sent = wire("ECHO"_id, std::string(300, 'x'));
  rig on({.pieces = {sent.substr(0, 200), sent.substr(200)}}, {.block = 500}, &pool);
  CHECK(on.fill());
  on.from.release();
  CHECK(pool.take(10).size() == 10);
  CHECK(on.fill());
  CHECK(on.next() == "ECHO:" + std::string(300, 'x'));
}

TEST_CASE("a reader without a pool can release its buffer as well") {
  rig on({.pieces = {wire("ECHO"_id, "ab"), wire("ECHO"_id, "cd")}});
  on.from.release();
  CHECK(on.fill());
  on.from.release();
  CHECK(on.next() == "ECHO:ab");
  on.from.release();
  CHECK(on.next() == "-");
  CHECK(on.fill());
  CHECK(on.next() == "ECHO:cd");
}

TEST_CASE("a reader gives its buffer back to the pool when it is destroyed, whatever it holds") {
  chunk::session::buffer_pool pool;
  {
    rig on({.pieces = {wire("ECHO"_id, "ab")}}, {.block = 500}, &pool);
    CHECK(on.fill());
  }
  CHECK(pool.take(10).size() == 500);
}

TEST_CASE("readers with a pool use the same buffer one after the other") {
  chunk::session::buffer_pool pool;
  const auto stream = sample("d1.chunk");
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    rig on({.pieces = strings(support::cut_evenly(stream, 100))}, {.block = 50}, &pool);
    CHECK(run(on.context, receive_all(on.from)).trace == expected(stream));
  }
}

TEST_CASE("an incomplete chunk can be inspected and dropped") {
  asio::io_context context{1};
  far_side far{.pieces = {"NOOP\0\0\0\0ECHO\5\0\0\0he"s, "llo"}};
  memory_transport link(context, far);
  chunk::session::chunk_reader from(link);
  CHECK(run(context, from.fill()));
  CHECK(from.next());
  CHECK(!from.next());
  CHECK(chars(from.unread()) == "ECHO\5\0\0\0he"s);
  CHECK(from.held() == 10);
  from.discard();
  CHECK(from.unread().empty());
  CHECK(from.offset() == 18);
}
