#include "support/bytes.hpp"
#include "support/samples.hpp"
#include "support/trace.hpp"

#include <chunk/chunk.h>

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// Allocations that still succeed; below 0 all of them do.
long allocations_left = -1;

}  // namespace

void* operator new(std::size_t size) {
  if (allocations_left == 0) throw std::bad_alloc();
  if (allocations_left > 0) --allocations_left;
  if (void* const out = std::malloc(size == 0 ? 1 : size)) return out;
  throw std::bad_alloc();
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  if (allocations_left == 0) return nullptr;
  if (allocations_left > 0) --allocations_left;
  return std::malloc(size == 0 ? 1 : size);
}

void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

using namespace std::literals;

namespace {

constexpr auto two_chunks = "NOOP\0\0\0\0ECHO\3\0\0\0abc"sv;
constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();
constexpr auto rules = "[SUMS]\ncontains = [\"OPND*\"]\n"sv;

struct deleter {
  void operator()(chunk_decoder* which) const { chunk_decoder_free(which); }
  void operator()(chunk_framing* which) const { chunk_framing_free(which); }
};
using decoder = std::unique_ptr<chunk_decoder, deleter>;
using framing = std::unique_ptr<chunk_framing, deleter>;

framing loaded(std::string_view text) {
  chunk_framing* out = nullptr;
  REQUIRE(chunk_framing_load(text.data(), text.size(), &out) == CHUNK_OK);
  return framing(out);
}

/// The events of a stream that comes in two pieces: ID, offset, declared length and [payload], with
/// < where a chunk begins and > where it ends; then '.' or the reason.
std::string trace_of(std::string_view wire, std::size_t cut, std::uint64_t limit = no_limit) {
  const decoder from(chunk_decoder_new(nullptr, limit));
  std::string out;
  for (const auto piece : {wire.substr(0, cut), wire.substr(cut)}) {
    // Of just its size, so that a sanitizer sees every step beyond the end.
    const auto bytes = support::copied(piece);
    for (std::size_t at = 0;;) {
      std::size_t used = 0;
      chunk_event event;
      const auto status =
          chunk_decode(from.get(), bytes.data() + at, bytes.size() - at, &used, &event);
      at += used;
      if (status != CHUNK_OK) return out + "! " + chunk_error_text();
      if (event.kind == 0) {
        CHECK(at == bytes.size());
        break;
      }
      CHECK(event.id_size == 4);
      CHECK(((event.kind & CHUNK_PAYLOAD) != 0) == (event.payload_size != 0));
      if (event.kind & CHUNK_BEGIN) {
        out += '<' + std::string(reinterpret_cast<const char*>(event.id), event.id_size);
        out += ' ' + std::to_string(event.offset) + ' ' + std::to_string(event.length) + ' ';
      }
      if (event.payload)
        out.append(reinterpret_cast<const char*>(event.payload), event.payload_size);
      if (event.kind & CHUNK_END) out += '>';
    }
  }
  if (chunk_decoder_finish(from.get()) != CHUNK_OK) return out + "! " + chunk_error_text();
  return out + '.';
}

std::string encoded(std::string_view id, std::string_view payload) {
  std::size_t needed = 0;
  CHECK(chunk_encode(nullptr, id.data(), id.size(), payload.data(), payload.size(), nullptr, 0,
                     &needed) == CHUNK_NO_ROOM);
  std::string out(needed, '?');
  CHECK(chunk_encode(nullptr, id.data(), id.size(), payload.data(), payload.size(), out.data(),
                     out.size(), &needed) == CHUNK_OK);
  CHECK(needed == out.size());
  return out;
}

std::string parsed(std::string_view text) {
  std::size_t needed = 0;
  auto status = chunk_parse_text(nullptr, text.data(), text.size(), nullptr, 0, &needed);
  if (status != CHUNK_NO_ROOM) return "! "s + chunk_error_text();
  std::string out(needed, '?');
  status = chunk_parse_text(nullptr, text.data(), text.size(), out.data(), out.size(), &needed);
  return status == CHUNK_OK ? out : "! "s + chunk_error_text();
}

std::string shown(const chunk_framing* by, std::string_view id, std::string_view payload) {
  std::size_t needed = 0;
  CHECK(chunk_to_text(by, id.data(), id.size(), payload.data(), payload.size(), nullptr, 0,
                      &needed) == CHUNK_NO_ROOM);
  std::vector<char> out(needed, '?');
  CHECK(chunk_to_text(by, id.data(), id.size(), payload.data(), payload.size(), out.data(),
                      out.size(), &needed) == CHUNK_OK);
  CHECK(out.back() == '\0');
  CHECK(std::strlen(out.data()) + 1 == needed);
  return out.data();
}

/// Calls `work` with ever more memory until it succeeds. All other calls say that there is none.
template <class Work>
void check_without_memory(Work work) {
  for (long allocations = 0;; ++allocations) {
    allocations_left = allocations;
    const auto status = work();
    allocations_left = -1;
    CAPTURE(allocations);
    REQUIRE((status == CHUNK_OK || status == CHUNK_NO_MEMORY));
    if (status == CHUNK_OK) return;
    CHECK(chunk_error_text() == "out of memory"sv);
  }
}

}  // namespace

TEST_CASE("the version has three numbers") {
  int dots = 0;
  for (const char each : std::string_view(chunk_version())) dots += each == '.';
  CHECK(dots == 2);
}

TEST_CASE("events are the same chunks wherever the input is split") {
  for (std::size_t cut = 0; cut <= two_chunks.size(); ++cut) {
    CAPTURE(cut);
    CHECK(trace_of(two_chunks, cut) == "<NOOP 0 0 ><ECHO 8 3 abc>.");
  }
}

TEST_CASE("a stream that ends inside a chunk is truncated") {
  for (std::size_t size = 0; size <= two_chunks.size(); ++size) {
    CAPTURE(size);
    const bool whole = size == 0 || size == 8 || size == two_chunks.size();
    const auto seen = trace_of(two_chunks.substr(0, size), size / 2);
    CHECK((seen.find("! truncated at byte 0x") == std::string::npos) == whole);
  }
  CHECK(trace_of(two_chunks.substr(0, 17), 0) ==
        "<NOOP 0 0 ><ECHO 8 3 a! truncated at byte 0x8: ECHO declares 3 bytes, 1 are there");
}

TEST_CASE("the decoder agrees with the C++ one on the samples") {
  for (const auto name : support::sample_streams) {
    CAPTURE(name);
    const auto wire = support::sample(name);
    const auto whole = trace_of(wire, 0);
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) CHECK(trace_of(wire, cut) == whole);
    const auto ended = support::trace(wire);
    CHECK(whole.ends_with('.') == ended.ends_with('.'));
  }
}

TEST_CASE("a payload above the limit is refused by its header, again and again") {
  CHECK(trace_of(two_chunks, 0, 2) ==
        "<NOOP 0 0 >! too large at byte 0x8: ECHO declares 3 bytes, 2 are allowed");
  CHECK(trace_of(two_chunks, 0, 3).ends_with('.'));
  const decoder from(chunk_decoder_new(nullptr, 0));
  std::size_t used = 0;
  chunk_event event;
  for (int again = 0; again < 2; ++again) {
    CHECK(chunk_decode(from.get(), "ECHO\1\0\0\0x", 9, &used, &event) == CHUNK_TOO_LARGE);
    CHECK(event.kind == 0);
  }
  CHECK(chunk_decoder_finish(from.get()) == CHUNK_TOO_LARGE);
}

TEST_CASE("a piece of payload points into the input") {
  const decoder from(chunk_decoder_new(nullptr, no_limit));
  std::size_t used = 0;
  chunk_event event;
  REQUIRE(chunk_decode(from.get(), two_chunks.data() + 8, 9, &used, &event) == CHUNK_OK);
  CHECK(event.kind == (CHUNK_BEGIN | CHUNK_PAYLOAD));
  CHECK(event.payload == reinterpret_cast<const unsigned char*>(two_chunks.data()) + 16);
  CHECK(event.payload_size == 1);
  REQUIRE(chunk_decode(from.get(), two_chunks.data() + 17, 2, &used, &event) == CHUNK_OK);
  CHECK(event.kind == (CHUNK_PAYLOAD | CHUNK_END));
  CHECK(event.offset == 0);
  CHECK(event.id[3] == 'O');
  CHECK(event.id[4] == 0);
}

TEST_CASE("chunk_encode writes what the decoder reads") {
  CHECK(encoded("NOOP", "") + encoded("ECHO", "abc") == two_chunks);
}

TEST_CASE("chunk_encode writes nothing if there is not enough room") {
  std::string out(10, '?');
  std::size_t needed = 0;
  CHECK(chunk_encode(nullptr, "ECHO", 4, "abc", 3, out.data(), out.size(), &needed) ==
        CHUNK_NO_ROOM);
  CHECK(needed == 11);
  CHECK(out == "??????????");
  CHECK(chunk_error_text() == "11 bytes are needed, there is room for 10"sv);
}

TEST_CASE("an ID has four bytes") {
  std::size_t needed = 0;
  CHECK(chunk_encode(nullptr, "ECH", 3, nullptr, 0, nullptr, 0, &needed) == CHUNK_BAD_ID);
  CHECK(chunk_error_text() == "'ECH' is not an ID of four bytes"sv);
  CHECK(chunk_to_text(nullptr, "ECHO!", 5, nullptr, 0, nullptr, 0, &needed) == CHUNK_BAD_ID);
  CHECK(chunk_to_text(nullptr, nullptr, 0, nullptr, 0, nullptr, 0, &needed) == CHUNK_BAD_ID);
}

TEST_CASE("a payload that no length can declare is refused") {
  if constexpr (sizeof(std::size_t) > 4) {
    const auto beyond = static_cast<std::size_t>(std::uint64_t{1} << 32);
    std::size_t needed = 1;
    CHECK(chunk_encode(nullptr, "LONG", 4, "x", beyond, nullptr, 0, &needed) == CHUNK_TOO_LARGE);
    CHECK(needed == 0);
  }
}

TEST_CASE("the notation is read") {
  CHECK(parsed("ECHO:abc") == two_chunks.substr(8));
  CHECK(parsed("ECHO,len=9:abc") == "ECHO\x9\0\0\0abc"sv);
  CHECK(parsed("SUMS:OPND=3") ==
        "SUMS\x9\0\0\0OPND\1\0\0\0"
        "3"sv);
  CHECK(parsed("ECH") == "! 'ECH' is not an ID of four bytes");
  CHECK(parsed("ECHO,x") == "! 'x': not a modifier; there are len=N, cut=N and fill=N");
  CHECK(parsed("ECHO:@/etc/passwd") == "! '@/etc/passwd': no file is read here");
}

TEST_CASE("the notation is written, and read again gives the same bytes") {
  CHECK(shown(nullptr, "ECHO", "abc") == "ECHO:abc");
  CHECK(shown(nullptr, "NOOP", "") == "NOOP");
  for (int value = 0; value < 256; ++value) {
    const std::string payload{support::char_of(value), '=', support::char_of(value)};
    CHECK(parsed(shown(nullptr, "ECHO", payload)) == encoded("ECHO", payload));
  }
}

TEST_CASE("a protocol determines which chunks are shown by their subchunks") {
  const auto by = loaded(rules);
  const auto payload = encoded("OPND", "3") + encoded("OPND", "4");
  CHECK(shown(by.get(), "SUMS", payload) == "SUMS:OPND=3:OPND=4");
  CHECK(shown(by.get(), "SUMS", "") == "SUMS");
  CHECK(shown(by.get(), "SUMS", "OPND") == "SUMS:OPND");  // they do not fill it
  CHECK(shown(nullptr, "SUMS", payload) == "SUMS:OPND%01%00%00%003OPND%01%00%00%004");
}

TEST_CASE("a bad protocol file is refused with its place") {
  chunk_framing* out = nullptr;
  const auto text = "[SUMS]\ncontains = 3\n"sv;
  CHECK(chunk_framing_load(text.data(), text.size(), &out) == CHUNK_BAD_PROTOCOL);
  CHECK(out == nullptr);
  CHECK(chunk_error_text() == "2:12: SUMS: 'contains' is not an array"sv);
}

TEST_CASE("an empty protocol file is the chunk framing") {
  const auto by = loaded("");
  CHECK(shown(by.get(), "ECHO", "abc") == "ECHO:abc");
}

TEST_CASE("NULL is refused where it is not allowed") {
  std::size_t used = 0;
  chunk_event event;
  const decoder from(chunk_decoder_new(nullptr, no_limit));
  CHECK(chunk_decode(nullptr, "", 0, &used, &event) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_decode(from.get(), nullptr, 1, &used, &event) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_decode(from.get(), "", 0, nullptr, &event) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_decode(from.get(), "", 0, &used, nullptr) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_decode(from.get(), nullptr, 0, &used, &event) == CHUNK_OK);
  CHECK(chunk_decoder_finish(nullptr) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_framing_load("", 0, nullptr) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_encode(nullptr, "ECHO", 4, "", 0, nullptr, 0, nullptr) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_encode(nullptr, "ECHO", 4, nullptr, 1, nullptr, 0, &used) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_encode(nullptr, "ECHO", 4, "x", 1, nullptr, 9, &used) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_parse_text(nullptr, nullptr, 1, nullptr, 0, &used) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_to_text(nullptr, "ECHO", 4, nullptr, 1, nullptr, 0, &used) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_error_text() == "an argument is NULL that must not be"sv);
  chunk_decoder_free(nullptr);
  chunk_framing_free(nullptr);
}

TEST_CASE("a long reason is truncated") {
  const auto text = "ECHO,"s + std::string(5000, 'x');
  const auto reason = parsed(text);
  CHECK(reason.size() == 2 + 1023);
  CHECK(reason.starts_with("! 'xxx"));
}

TEST_CASE("no function throws without memory") {
  const auto by = loaded(rules);
  const auto payload = encoded("OPND", "3");
  std::size_t needed = 0;
  char out[100];
  check_without_memory([&] {
    chunk_decoder* const made = chunk_decoder_new(nullptr, no_limit);
    chunk_decoder_free(made);
    return made ? CHUNK_OK : CHUNK_NO_MEMORY;
  });
  check_without_memory([&] {
    constexpr auto text = "SUMS:OPND=a text that is longer than a string holds in itself"sv;
    return chunk_parse_text(nullptr, text.data(), text.size(), out, sizeof out, &needed);
  });
  check_without_memory([&] {
    return chunk_to_text(by.get(), "SUMS", 4, payload.data(), payload.size(), out, sizeof out,
                         &needed);
  });
  check_without_memory([&] {
    chunk_framing* made = nullptr;
    const auto status = chunk_framing_load(rules.data(), rules.size(), &made);
    chunk_framing_free(made);
    return status;
  });
}
