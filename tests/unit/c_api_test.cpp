#include "support/bytes.hpp"
#include "support/samples.hpp"
#include "support/trace.hpp"

#include <chunk/chunk.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
using support::require;

namespace {

constexpr auto two_chunks = "NOOP\0\0\0\0ECHO\3\0\0\0abc"sv;
constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();
constexpr auto rules = "[SUMS]\ncontains = [\"OPND*\"]\n"sv;
constexpr auto postgres = "header='id:1 length:u32be'\ncounts='length'\nopening='length:u32be'"sv;
constexpr auto tree =
    "header = 'id:u8 flags:u8 length:u16be mark:2'\ntrailer = 'crc32'\nalign = 4\ndepth = 3\n"
    "[outer]\nid = 1\nprefix = 2\ncontains = ['*']\n"
    "[inner]\nid = 2\ncontains = ['*']\ninner = 'length:varint id:1 f:u8=7'\ninner-align = 2\n"sv;

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

framing built_in(const std::string& name) {
  chunk_framing* out = nullptr;
  REQUIRE(chunk_framing_find(name.c_str(), &out) == CHUNK_OK);
  return framing(out);
}

std::string chars_of(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

/// Calls a function that puts its result into a buffer: for its size first, as most programs do.
/// Gives the result, or "! " and the reason.
template <class Call>
std::string result_of(Call call) {
  std::size_t needed = 0;
  auto status = call(nullptr, 0, &needed);
  if (status != CHUNK_NO_ROOM) return status == CHUNK_OK ? ""s : "! "s + chunk_error_text();
  const auto size = needed;
  std::vector<char> out(size - 1);
  status = call(out.data(), out.size(), &needed);
  require(status == CHUNK_NO_ROOM && needed == size, "a buffer without room is refused");
  out.resize(size);
  status = call(out.data(), out.size(), &needed);
  require(needed == size, "a result has the size that was told");
  return status == CHUNK_OK ? std::string(out.begin(), out.end()) : "! "s + chunk_error_text();
}

std::string encoded(const chunk_view& chunk) {
  return result_of([&](char* out, std::size_t capacity, std::size_t* needed) {
    return chunk_encode(&chunk, out, capacity, needed);
  });
}

std::string parsed(std::string_view text, const chunk_framing* by = nullptr) {
  return result_of([&](char* out, std::size_t capacity, std::size_t* needed) {
    return chunk_parse_text(by, text.data(), text.size(), out, capacity, needed);
  });
}

/// The text that chunk_to_text() or chunk_id_to_text() gives.
std::string shown(const chunk_view& chunk, decltype(chunk_to_text)* by = chunk_to_text) {
  auto out = result_of([&](char* room, std::size_t capacity, std::size_t* needed) {
    return by(&chunk, room, capacity, needed);
  });
  if (out.starts_with('!')) return out;
  require(out.find('\0') == out.size() - 1, "a text ends with a NUL");
  out.pop_back();
  return out;
}

/// A chunk whose ID consists of bytes.
chunk_view view_of(std::string_view id, std::string_view payload,
                   const chunk_framing* by = nullptr) {
  chunk_view out{};
  out.framing = by;
  out.id_size = id.size();
  std::copy_n(id.begin(), std::min<std::size_t>(id.size(), CHUNK_ID_SIZE), out.id);
  out.payload = payload.data();
  out.payload_size = payload.size();
  return out;
}

/// A chunk whose ID is a number.
chunk_view view_of(std::uint64_t number, std::string_view payload, const chunk_framing* by) {
  auto out = view_of(""sv, payload, by);
  out.number = number;
  return out;
}

/// The fields of a header, all of them or those that differ from the defaults.
std::vector<chunk_field> fields_of(const chunk_view& chunk, bool all = true) {
  std::vector<chunk_field> out;
  if (chunk.opening) return out;
  auto plain = chunk;
  plain.header = nullptr;
  plain.header_size = 0;
  while (const char* const name = chunk_field_name(chunk.framing, out.size())) {
    const auto status = chunk_get_field(&chunk, name, &out.emplace_back());
    require(status == CHUNK_OK && out.back().name == std::string_view(name), "a field is found");
  }
  const auto is_default = [&](const chunk_field& each) {
    chunk_field other;
    const auto status = chunk_get_field(&plain, each.name, &other);
    require(status == CHUNK_OK && !other.bytes == !each.bytes, "a field has a default");
    return other.number == each.number &&
           chars_of(other.bytes, other.size) == chars_of(each.bytes, each.size);
  };
  if (!all) std::erase_if(out, is_default);
  return out;
}

/// How a stream is decoded.
struct reading {
  const chunk_framing* by = nullptr;
  chunk_side side = CHUNK_UNKNOWN_SIDE;
  unsigned levels = 0;
  std::uint64_t limit = no_limit;
};

using pieces = std::vector<std::string_view>;
using visitor = std::function<void(const chunk_event&)>;

/// Calls `visit` for each event of a stream that comes in pieces. Gives '.' or "! " and the reason.
std::string events(const pieces& stream, const reading& how, const visitor& visit) {
  const decoder from(chunk_decoder_new(how.by, how.side, how.levels, how.limit));
  chunk_event event;
  for (const auto piece : stream) {
    // Of just its size, so that a sanitizer sees every step beyond the end.
    const std::vector<char> bytes(piece.data(), piece.data() + piece.size());
    for (std::size_t at = 0;;) {
      std::size_t used = 0;
      const auto status =
          chunk_decode(from.get(), bytes.data() + at, bytes.size() - at, &used, &event);
      at += used;
      if (status != CHUNK_OK) return "! "s + chunk_error_text();
      if (event.kind == 0) {
        require(at == bytes.size(), "all of the input is used");
        break;
      }
      visit(event);
    }
  }
  for (;;) {
    if (chunk_decoder_finish(from.get(), &event) != CHUNK_OK) return "! "s + chunk_error_text();
    if (event.kind == 0) return ".";
    visit(event);
  }
}

pieces cut_at(std::string_view wire, std::size_t cut) {
  return {wire.substr(0, cut), wire.substr(cut)};
}

/// From one cut to the next one. Long streams are cut in fewer places.
std::size_t step_of(std::string_view wire) {
  return wire.size() > 500 ? 13 : 1;
}

/// The events of a stream: `<`, the level, the ID with the fields that are not the default, offset
/// and lengths where a chunk begins, then its payload, `{` where its subchunks begin, and `>` where
/// it ends, with what follows the payload; () around a preamble and [] around stray bytes.
std::string trace_of(const pieces& stream, const reading& how = {}) {
  std::string out;
  const auto append = [&](const chunk_event& event) {
    const auto& chunk = event.chunk;
    const auto payload = chars_of(chunk.payload, chunk.payload_size);
    if (event.kind == CHUNK_PREAMBLE) out += '(' + payload + ')';
    if (event.kind == CHUNK_STRAY) {
      if (!out.ends_with("]"))
        out += "[";
      else
        out.pop_back();
      out += payload + ']';
    }
    if (event.kind == CHUNK_PREAMBLE || event.kind == CHUNK_STRAY) return;
    require(!(event.kind & CHUNK_PAYLOAD) == !chunk.payload_size, "a piece of payload is told");
    require(!(event.kind & CHUNK_END) == !chunk.tail, "a chunk ends with its tail");
    if (event.kind & CHUNK_BEGIN) {
      out += '<' + (event.level ? std::to_string(event.level) + ' ' : ""s);
      out += shown(chunk, chunk_id_to_text);
      for (const auto& each : fields_of(chunk, false)) {
        out += ',' + std::string(each.name) + '=';
        out += each.bytes ? chars_of(each.bytes, each.size) : std::to_string(each.number);
      }
      out += ' ' + std::to_string(event.offset) + ' ';
      out += event.length == no_limit ? "open"s : std::to_string(event.length);
      if (event.declared != event.length) out += '/' + std::to_string(event.declared);
      out += ' ';
    }
    out += payload;
    if (event.kind & CHUNK_ENTER) out += '{';
    if (event.kind & CHUNK_END)
      out += '>' + support::hex({static_cast<const std::byte*>(chunk.tail), chunk.tail_size});
    if (event.kind & CHUNK_WRONG_TRAILER) out += "!trailer";
    if (event.kind & CHUNK_WRONG_PADDING) out += "!pad";
  };
  const auto end = events(stream, how, append);
  return out + end;
}

/// The same with all that an event has, as it is: for long streams that are cut in many ways.
std::string raw_trace_of(const pieces& stream, const reading& how) {
  std::string out;
  const auto append = [&](const auto& value) { out += chars_of(&value, sizeof value); };
  const auto end = events(stream, how, [&](const chunk_event& event) {
    const auto& chunk = event.chunk;
    if (event.kind & CHUNK_BEGIN) {
      append(event.level);
      append(event.offset);
      append(event.length);
      append(event.declared);
      append(chunk.framing);
      append(chunk.id);
      append(chunk.number);
      append(chunk.opening);
      out += chars_of(chunk.header, chunk.header_size);
    }
    out += chars_of(chunk.payload, chunk.payload_size);
    // Stray bytes come in any number of pieces.
    if (event.kind == CHUNK_STRAY) return;
    const auto rest = event.kind & ~(unsigned{CHUNK_BEGIN} | unsigned{CHUNK_PAYLOAD});
    if (rest) append(rest);
    if (event.kind & CHUNK_END) {
      out += chars_of(chunk.header, chunk.header_size) + chars_of(chunk.tail, chunk.tail_size);
    }
  });
  return out + end;
}

/// A chunk that has come to its end, with its own copy of everything.
struct whole_chunk {
  explicit whole_chunk(const chunk_event& last, std::string joined)
      : payload(std::move(joined)),
        header(chars_of(last.chunk.header, last.chunk.header_size)),
        tail(chars_of(last.chunk.tail, last.chunk.tail_size)),
        event(last) {}

  /// The chunk as it came.
  chunk_view as_it_came() const {
    auto out = event.chunk;
    out.payload = payload.data();
    out.payload_size = payload.size();
    out.header = header.empty() ? nullptr : header.data();
    out.tail = tail.data();
    return out;
  }

  std::string payload, header, tail;
  chunk_event event;
};

/// Puts a stream together again from the chunks in it, each of which `write` writes.
class rebuilder {
 public:
  explicit rebuilder(std::function<std::string(const whole_chunk&)> write)
      : write_(std::move(write)) {}

  void take(const chunk_event& event) {
    const auto payload = chars_of(event.chunk.payload, event.chunk.payload_size);
    if (event.kind == CHUNK_PREAMBLE || event.kind == CHUNK_STRAY) {
      levels_.back() += payload;
      return;
    }
    if (event.kind & CHUNK_BEGIN) levels_.emplace_back();
    levels_.back() += payload;
    if (!(event.kind & CHUNK_END)) return;
    auto joined = std::move(levels_.back());
    levels_.pop_back();
    levels_.back() += write_(whole_chunk(event, std::move(joined)));
  }

  std::string result() const {
    CHECK(levels_.size() == 1);
    return levels_.front();
  }

 private:
  std::function<std::string(const whole_chunk&)> write_;
  std::vector<std::string> levels_{""};  // the stream, and the payload of each chunk that has begun
};

std::string rebuilt(const pieces& stream, const reading& how,
                    const std::function<std::string(const whole_chunk&)>& write) {
  rebuilder out(write);
  CHECK(events(stream, how, [&](const auto& event) { out.take(event); }) == ".");
  return out.result();
}

/// A chunk of a protocol that is made of its ID, its fields and its payload, and of what nobody can
/// compute.
std::string written_anew(const whole_chunk& chunk, std::string_view protocol) {
  auto view = chunk.as_it_came();
  auto fields = fields_of(view);
  const bool alone = protocol == "git" && chunk.event.declared < 4;
  if (alone || chunk.event.length == no_limit) {
    fields.push_back({"length", chunk.event.declared, nullptr, 0});
  }
  view.header = nullptr;
  view.header_size = 0;
  view.fields = fields.data();
  view.field_count = fields.size();
  const bool chosen = protocol == "fastcgi" || chunk.event.kind & CHUNK_WRONG_PADDING;
  if (!chosen) {
    view.tail = nullptr;
    view.tail_size = 0;
  }
  return encoded(view);
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

/// A sample of tests/data/framings, such as "postgres.client".
struct framed_sample {
  explicit framed_sample(const std::string& name)
      : wire(support::sample("framings/" + name + ".bin")),
        by(built_in(name.substr(0, name.find('.')))),
        how{by.get(), name.ends_with(".client")   ? CHUNK_CLIENT
                      : name.ends_with(".server") ? CHUNK_SERVER
                                                  : CHUNK_UNKNOWN_SIDE} {}

  /// The same with containers entered.
  reading deep() const {
    auto out = how;
    out.levels = CHUNK_ALL_LEVELS;
    return out;
  }

  std::string wire;
  framing by;
  reading how;
};

template <class Check>
void for_each_sample(const Check& check) {
  for (const auto& name : support::framed_samples()) {
    CAPTURE(name);
    check(name, framed_sample(name));
  }
}

}  // namespace

TEST_CASE("the version has three numbers") {
  int dots = 0;
  for (const char each : std::string_view(chunk_version())) dots += each == '.';
  CHECK(dots == 2);
}

// --- decoding ---

TEST_CASE("events are the same chunks wherever the input is split") {
  for (std::size_t cut = 0; cut <= two_chunks.size(); ++cut) {
    CAPTURE(cut);
    CHECK(trace_of(cut_at(two_chunks, cut)) == "<NOOP 0 0 ><ECHO 8 3 abc>.");
  }
}

TEST_CASE("a stream that ends inside a chunk is truncated") {
  for (std::size_t size = 0; size <= two_chunks.size(); ++size) {
    CAPTURE(size);
    const bool whole = size == 0 || size == 8 || size == two_chunks.size();
    const auto seen = trace_of(cut_at(two_chunks.substr(0, size), size / 2));
    CHECK((seen.find("! truncated at byte 0x") == std::string::npos) == whole);
  }
  CHECK(trace_of({two_chunks.substr(0, 17)}) ==
        "<NOOP 0 0 ><ECHO 8 3 a! truncated at byte 0x8: ECHO declares 3 bytes, 1 are there");
}

TEST_CASE("the decoder agrees with the C++ one on the samples") {
  for (const auto name : support::sample_streams) {
    CAPTURE(name);
    const auto wire = support::sample(name);
    const auto whole = raw_trace_of({wire}, {});
    for (std::size_t cut = 0; cut <= wire.size(); cut += step_of(wire)) {
      CHECK(raw_trace_of(cut_at(wire, cut), {}) == whole);
    }
    const auto ended = support::trace(wire);
    CHECK(trace_of({wire}).ends_with('.') == ended.ends_with('.'));
  }
}

TEST_CASE("a payload above the limit is refused by its header, again and again") {
  CHECK(trace_of({two_chunks}, {nullptr, CHUNK_UNKNOWN_SIDE, 0, 2}) ==
        "<NOOP 0 0 >! too large at byte 0x8: ECHO declares 3 bytes, 2 are allowed");
  CHECK(trace_of({two_chunks}, {nullptr, CHUNK_UNKNOWN_SIDE, 0, 3}).ends_with('.'));
  const auto by = loaded(postgres);
  for (const chunk_framing* const each : {static_cast<chunk_framing*>(nullptr), by.get()}) {
    const decoder from(chunk_decoder_new(each, CHUNK_SERVER, 0, 0));
    std::size_t used = 0;
    chunk_event event;
    const auto wire = each ? "E\0\0\0\5x"sv : "ECHO\1\0\0\0x"sv;
    for (int again = 0; again < 2; ++again) {
      CHECK(chunk_decode(from.get(), wire.data(), wire.size(), &used, &event) == CHUNK_TOO_LARGE);
      CHECK(event.kind == 0);
    }
    CHECK(chunk_decoder_finish(from.get(), &event) == CHUNK_TOO_LARGE);
  }
}

TEST_CASE("a piece of payload points into the input") {
  const decoder from(chunk_decoder_new(nullptr, CHUNK_UNKNOWN_SIDE, 0, no_limit));
  std::size_t used = 0;
  chunk_event event;
  REQUIRE(chunk_decode(from.get(), two_chunks.data() + 8, 9, &used, &event) == CHUNK_OK);
  CHECK(event.kind == (CHUNK_BEGIN | CHUNK_PAYLOAD));
  CHECK(event.chunk.payload == two_chunks.data() + 16);
  CHECK(event.chunk.payload_size == 1);
  REQUIRE(chunk_decode(from.get(), nullptr, 0, &used, &event) == CHUNK_OK);
  CHECK(event.kind == 0);
  REQUIRE(chunk_decode(from.get(), two_chunks.data() + 17, 2, &used, &event) == CHUNK_OK);
  CHECK(event.kind == (CHUNK_PAYLOAD | CHUNK_END));
  CHECK(event.offset == 0);
  CHECK(event.chunk.id[3] == 'O');
  CHECK(event.chunk.id[4] == 0);
  CHECK(event.chunk.id_size == 4);
}

TEST_CASE("fields have names, and values that are numbers or bytes") {
  const auto by = loaded("header = 'big:u64be id:1 name:3 length:u8 v:varint=300'");
  const auto wire =
      "\xff\xff\xff\xff\xff\xff\xff\xfe"
      "A\1\0\2\1\xac\2x"sv;
  int chunks = 0;
  const auto end = events({wire}, {by.get()}, [&](const chunk_event& event) {
    ++chunks;
    const auto& chunk = event.chunk;
    REQUIRE(chunk_field_name(chunk.framing, 0) == "big"sv);
    CHECK(chunk_field_name(chunk.framing, 1) == "name"sv);
    CHECK(chunk_field_name(chunk.framing, 2) == "v"sv);
    CHECK(chunk_field_name(chunk.framing, 3) == nullptr);
    chunk_field field;
    REQUIRE(chunk_get_field(&chunk, "big", &field) == CHUNK_OK);
    CHECK(field.number == no_limit - 1);
    CHECK(field.bytes == nullptr);
    REQUIRE(chunk_get_field(&chunk, "name", &field) == CHUNK_OK);
    CHECK(chars_of(field.bytes, field.size) == "\1\0\2"sv);
    REQUIRE(chunk_get_field(&chunk, "v", &field) == CHUNK_OK);
    CHECK(field.number == 300);
    CHECK(fields_of(chunk, false).size() == 2);
    CHECK(chunk_get_field(&chunk, "nam", &field) == CHUNK_BAD_FIELD);
    CHECK(chunk_error_text() == "no field 'nam'"sv);
    CHECK(chunk_get_field(&chunk, "id", &field) == CHUNK_BAD_FIELD);
  });
  CHECK(end == ".");
  CHECK(chunks == 1);
  CHECK(chunk_field_name(nullptr, 0) == nullptr);
}

TEST_CASE("what is around the chunks has events of its own") {
  const auto by = loaded("header='length:u8 id:1'\nstart={client='HI'}\ntrailer=','\nalign=2");
  CHECK(trace_of({"HI\1ax,\2bxy;\1"sv}, {by.get()}) ==
        "(HI)<a 2 1 x>2c<b 6 2 xy>3b 01!trailer!pad.");
  CHECK(trace_of({"\1ax,"sv}, {by.get(), CHUNK_SERVER}) == "<a 0 1 x>2c.");
  CHECK(trace_of({"\1ax,"sv}, {by.get(), CHUNK_CLIENT}) ==
        "! no start at byte 0x0: the stream begins with %01, not with HI");
  CHECK(trace_of({"HI\2ax"sv}, {by.get()}) ==
        "(HI)<a 2 2 x! truncated at byte 0x2: a declares 2 bytes, 1 are there");
  std::size_t size = 9;
  CHECK(chars_of(chunk_framing_start(by.get(), CHUNK_CLIENT, &size), 2) == "HI");
  CHECK(size == 2);
  CHECK(chunk_framing_start(by.get(), CHUNK_SERVER, &size) == nullptr);
  CHECK(size == 0);
  CHECK(chunk_framing_start(nullptr, CHUNK_CLIENT, &size) == nullptr);
  const auto any = loaded("header='length:u8'\nstart=3");
  CHECK(chunk_framing_start(any.get(), CHUNK_SERVER, &size) == nullptr);
  CHECK(size == 3);
}

TEST_CASE("the first chunk of a client may have a header of its own") {
  const auto by = loaded(postgres);
  std::string seen;
  const auto wire = "\0\0\0\6hiQ\0\0\0\5x"sv;
  const auto end = events({wire}, {by.get(), CHUNK_CLIENT}, [&](const chunk_event& event) {
    seen += std::to_string(event.chunk.opening) + chars_of(event.chunk.id, event.chunk.id_size) +
            chars_of(event.chunk.payload, event.chunk.payload_size) + encoded(event.chunk);
  });
  CHECK(end == ".");
  CHECK(seen == "1hi\0\0\0\6hi0QxQ\0\0\0\5x"sv);
  auto first = view_of("", "hi", by.get());
  CHECK(encoded(first) == "! '' is not an ID of 1 bytes");
  first.opening = 1;
  CHECK(encoded(first) == "\0\0\0\6hi"sv);
  CHECK(shown(first) == ":hi");
  CHECK(parsed(":hi", by.get()) == "\0\0\0\6hi"sv);
  first.framing = nullptr;
  CHECK(encoded(first) == "! no chunk has an opening header");
  const auto fields = loaded("header='f:u8 id:1 length:u8'\nopening='length:u8'");
  first.framing = fields.get();
  CHECK(encoded(first) == "\2hi");
  const chunk_field field{"f", 1, nullptr, 0};
  first.fields = &field;
  first.field_count = 1;
  CHECK(encoded(first) == "! no field 'f'");
  chunk_field got;
  CHECK(chunk_get_field(&first, "f", &got) == CHUNK_BAD_FIELD);
}

TEST_CASE("a chunk of open length ends with its container or with the stream") {
  const auto by = loaded(
      "header='id:1 length:u8'\ndepth=2\n[a]\ncontains=['*']\nopen=[255]\n[b]\nopen=[255]\n");
  CHECK(trace_of({"b\377xyz"sv}, {by.get()}) == "<b 0 open/255 xyz>.");
  CHECK(trace_of({"a\4b\377xyc\0"sv}, {by.get(), CHUNK_UNKNOWN_SIDE, 9}) ==
        "<a 0 4 {<1 b 2 open/255 xy>><c 6 0 >.");
  CHECK(trace_of({"a\377c\1x"sv}, {by.get(), CHUNK_UNKNOWN_SIDE, 9}) ==
        "<a 0 open/255 {<1 c 2 1 x>>.");
}

TEST_CASE("a container of open length may end before its first subchunk") {
  const auto by = loaded(
      "header='id:1 length:u8'\ndepth=3\n[p]\ncontains=['*']\n"
      "[a]\nprefix=4\ncontains=['*']\nopen=[255]\n");
  const auto wire = "p\3a\377xp\3c\1z"sv;
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    CHECK(trace_of(cut_at(wire, cut), {by.get(), CHUNK_UNKNOWN_SIDE, 9}) ==
          "<p 0 3 {<1 a 2 open/255 x>><p 5 3 {<1 c 7 1 z>>.");
  }
}

TEST_CASE("containers are entered as deep as the program wants") {
  const auto by = loaded(tree);
  const auto wire = parsed("outer,flags=5:%01%02:inner={x,f=9=abc:y=}:7,mark=%01%02=z", by.get()) +
                    parsed("inner:x=", by.get());
  REQUIRE(!wire.starts_with('!'));
  const auto levels = [&](unsigned count) {
    const auto whole = trace_of({wire}, {by.get(), CHUNK_UNKNOWN_SIDE, count});
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
      CAPTURE(cut);
      CHECK(trace_of(cut_at(wire, cut), {by.get(), CHUNK_UNKNOWN_SIDE, count}) == whole);
    }
    return whole;
  };
  CHECK(levels(0).find('{') == std::string::npos);
  const auto one = levels(1);
  CHECK(one.starts_with("<outer,flags=5 0 "));
  CHECK(one.find("\1\2{<1 inner 8 10 ") != std::string::npos);
  const auto two = levels(2);
  CHECK(two.find("{<1 inner 8 10 {<2 x,f=9 14 3 abc><2 y 20 0 >") != std::string::npos);
  CHECK(two.find("<1 7,mark=\1\2 ") != std::string::npos);
  CHECK(levels(CHUNK_ALL_LEVELS) == two);
}

TEST_CASE("containers of the chunk framing are entered as well") {
  const auto by = loaded(rules);
  const auto wire = parsed("SUMS:OPND=3:OPND=4", by.get()) + parsed("OPND:5", by.get());
  const auto expected = "<SUMS 0 18 {<1 OPND 8 1 3><1 OPND 17 1 4>><OPND 26 1 5>.";
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    CHECK(trace_of(cut_at(wire, cut), {by.get(), CHUNK_UNKNOWN_SIDE, 1}) == expected);
  }
  CHECK(trace_of({wire}, {nullptr, CHUNK_UNKNOWN_SIDE, 1}).find('{') == std::string::npos);
}

TEST_CASE("what is no chunk in a container is stray, with the reason") {
  const auto by = loaded(rules);
  const auto wire = "SUMS\x0d\0\0\0OPND\1\0\0\0xOPNDNOOP\0\0\0\0"sv;
  std::string reasons;
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    CAPTURE(cut);
    const reading how{by.get(), CHUNK_UNKNOWN_SIDE, 1};
    CHECK(trace_of(cut_at(wire, cut), how) == "<SUMS 0 13 {<1 OPND 8 1 x>[OPND]><NOOP 21 0 >.");
    CHECK(rebuilt(cut_at(wire, cut), how,
                  [](const whole_chunk& chunk) { return encoded(chunk.as_it_came()); }) == wire);
  }
  static_cast<void>(events({wire}, {by.get(), CHUNK_UNKNOWN_SIDE, 1}, [&](const auto& event) {
    if (event.kind == CHUNK_STRAY) reasons += chunk_error_text();
  }));
  CHECK(reasons == "in SUMS at byte 0x11: 4 bytes are left, too few for a subchunk");
}

// --- encoding ---

TEST_CASE("chunk_encode writes what the decoder reads") {
  CHECK(encoded(view_of("NOOP", "")) + encoded(view_of("ECHO", "abc")) == two_chunks);
}

TEST_CASE("chunk_encode writes nothing if there is not enough room") {
  std::string out(10, '?');
  std::size_t needed = 0;
  const auto echo = view_of("ECHO", "abc");
  CHECK(chunk_encode(&echo, out.data(), out.size(), &needed) == CHUNK_NO_ROOM);
  CHECK(needed == 11);
  CHECK(out == "??????????");
  CHECK(chunk_error_text() == "11 bytes are needed, there is room for 10"sv);
}

TEST_CASE("an ID is as the framing has it") {
  CHECK(encoded(view_of("ECH", "")) == "! 'ECH' is not an ID of four bytes");
  CHECK(shown(view_of("ECHO!", "")) == "! 'ECHO!' is not an ID of four bytes");
  CHECK(shown(view_of("", "")) == "! '' is not an ID of four bytes");
  CHECK(shown(view_of("a b%", "x"), chunk_id_to_text) == "a%20b%25");
  std::size_t needed = 0;
  const auto wrong = view_of("12345678901234567", "");
  CHECK(chunk_encode(&wrong, nullptr, 0, &needed) == CHUNK_BAD_ID);
  const auto by = loaded("header='id:u8 length:u8'\n[CONNECT]\nid=16\n");
  CHECK(encoded(view_of(16, "x", by.get())) == "\20\1x");
  CHECK(shown(view_of(16, "x", by.get())) == "CONNECT:x");
  CHECK(encoded(view_of(256, "", by.get())) == "! the ID 256 is above 255");
  CHECK(encoded(view_of("\20", "", by.get())) ==
        "! '%10' is no number, as all IDs of the framing are");
  const auto none = loaded("header='length:u8'");
  CHECK(encoded(view_of("", "x", none.get())) == "\1x");
  CHECK(encoded(view_of("a", "x", none.get())) == "! 'a' is not an ID of 0 bytes");
}

TEST_CASE("a payload that no length can declare is refused") {
  const auto by = loaded("header='length:u8'");
  const std::string large(256, 'x');
  std::size_t needed = 1;
  const auto view = view_of("", large, by.get());
  CHECK(chunk_encode(&view, nullptr, 0, &needed) == CHUNK_TOO_LARGE);
  CHECK(needed == 0);
  CHECK(chunk_error_text() == "a chunk: 256 bytes are more than a length can declare"sv);
  if constexpr (sizeof(std::size_t) > 4) {
    auto beyond = view_of("LONG", "x");
    beyond.payload_size = static_cast<std::size_t>(std::uint64_t{1} << 32);
    needed = 1;
    CHECK(chunk_encode(&beyond, nullptr, 0, &needed) == CHUNK_TOO_LARGE);
    CHECK(needed == 0);
    CHECK(chunk_error_text() == "LONG: 4294967296 bytes are more than a length can declare"sv);
  }
}

TEST_CASE("fields that are set stand in place of the header's and of the defaults") {
  const auto by = loaded("header = 'a:u8=1 id:1 name:2 length:u8 b:u16be'\ntrailer = ','");
  auto view = view_of("X", "hi", by.get());
  const auto with = [&](std::vector<chunk_field> fields) {
    view.fields = fields.data();
    view.field_count = fields.size();
    return encoded(view);
  };
  CHECK(with({}) == "\1X\0\0\2\0\0hi,"sv);
  CHECK(with({{"b", 258, nullptr, 0}, {"name", 0, "no", 2}}) == "\1Xno\2\1\2hi,"sv);
  CHECK(with({{"length", 77, nullptr, 0}}) == "\1X\0\0M\0\0hi,"sv);
  const auto header = "\2Xab\2\1\1"sv;
  view.header = header.data();
  view.header_size = header.size();
  CHECK(with({}) == "\2Xab\2\1\1hi,");
  CHECK(with({{"a", 3, nullptr, 0}, {"a", 4, nullptr, 0}}) == "\4Xab\2\1\1hi,");
  view.payload_size = 1;
  CHECK(with({}) == "\2Xab\1\1\1h,");
  view.tail = ";";
  view.tail_size = 1;
  CHECK(with({}) == "\2Xab\1\1\1h;");
  view.tail_size = 0;
  CHECK(with({}) == "\2Xab\1\1\1h");
  CHECK(with({{"c", 0, nullptr, 0}}) == "! no field 'c'; there are a, name and b");
  CHECK(with({{"a", 256, nullptr, 0}}) == "! a= 256 is above 255");
  CHECK(with({{"name", 0, "abc", 3}}) == "! name= needs 2 bytes, not 3");
  CHECK(with({{"name", 7, nullptr, 0}}) == "! name= needs 2 bytes, not 1");
  CHECK(with({{"name", 77, nullptr, 0}}) == "! name= consists of bytes");
  CHECK(with({{"a", 0, "\1", 1}}) == "! a= '%01' is not a whole number");
  CHECK(with({{"length", 256, nullptr, 0}}) == "! length= 256 is above 255");
  CHECK(with({{nullptr, 256, nullptr, 0}}) == "! an argument is NULL that must not be");
  std::size_t needed = 0;
  const chunk_field unknown{"c", 0, nullptr, 0};
  view.fields = &unknown;
  view.field_count = 1;
  CHECK(chunk_encode(&view, nullptr, 0, &needed) == CHUNK_BAD_FIELD);
}

TEST_CASE("a chunk of open length keeps it when a field changes") {
  const auto by = loaded("header='id:1 f:u8 length:u8'\n[b]\nopen=[255]\n");
  auto view = view_of("b", "xy", by.get());
  view.header = "b\1\377";
  view.header_size = 3;
  const chunk_field field{"f", 5, nullptr, 0};
  view.fields = &field;
  view.field_count = 1;
  CHECK(encoded(view) == "b\5\377xy");
  view.header = "b\1\2";
  CHECK(encoded(view) == "b\5\2xy");
}

TEST_CASE("a length may be set in the chunk framing, and a header written alone") {
  auto view = view_of("ECHO", "");
  const chunk_field length{"length", 3, nullptr, 0};
  view.fields = &length;
  view.field_count = 1;
  CHECK(encoded(view) == "ECHO\3\0\0\0"sv);
  CHECK(shown(view) == "raw-send:%45%43%48%4f%03%00%00%00");
  CHECK(parsed(shown(view)) == encoded(view));
}

TEST_CASE("parts that contradict each other are refused") {
  const auto by = loaded(postgres);
  std::size_t needed = 0;
  auto view = view_of("Q", "x", by.get());
  const auto refused = [&](std::string_view header, std::string_view why) {
    view.header = header.data();
    view.header_size = header.size();
    CHECK(chunk_encode(&view, nullptr, 0, &needed) == CHUNK_BAD_ARGUMENT);
    CHECK(chunk_error_text() == why);
  };
  refused("Q\0\0\0"sv, "not a header of the framing: Q%00%00%00");
  refused("Q\0\0\0\1"sv, "not a header of the framing: Q%00%00%00%01");
  refused("Q\0\0\0\5x"sv, "not a header of the framing: Q%00%00%00%05x");
  refused("R\0\0\0\5"sv, "the header has the ID R, not Q");
  view.framing = nullptr;
  view.id_size = 4;
  refused("Q\0\0\0\1\0\0\0"sv, "not a header of the framing: Q%00%00%00%01%00%00%00");
  view = view_of("NOOP", "");
  view.tail = "x";
  view.tail_size = 1;
  CHECK(encoded(view) == "! nothing follows a payload in the chunk framing");
  const auto pads = loaded("header='length:u8 pad:u8'");
  const std::string large(256, 'x');
  view = view_of("", "a", pads.get());
  view.tail = large.data();
  view.tail_size = 255;
  CHECK(encoded(view) == "\1\377a"s + large.substr(1));
  view.tail_size = 256;
  CHECK(encoded(view) == "! a pad has at most 255 bytes");
  // A header that says another pad is not used again.
  view.header = "\1\2";
  view.header_size = 2;
  view.tail_size = 2;
  CHECK(encoded(view) == "\1\2axx");
  view.tail_size = 3;
  CHECK(encoded(view) == "\1\3axxx");
  view.tail = nullptr;
  view.tail_size = 0;
  CHECK(encoded(view) == "\1\2a\0\0"sv);
}

TEST_CASE("the subchunks of a container have the framing that is inside it") {
  const auto by = loaded(tree);
  const auto outer = view_of(1, "", by.get()), inner = view_of(2, "", by.get());
  const auto other = view_of(3, "", by.get());
  const auto* const in_outer = chunk_framing_inside(&outer);
  const auto* const in_inner = chunk_framing_inside(&inner);
  REQUIRE(in_outer);
  REQUIRE(in_inner);
  CHECK(chunk_framing_inside(&other) == nullptr);
  CHECK(chunk_field_name(in_outer, 1) == "mark"sv);
  CHECK(chunk_field_name(in_inner, 0) == "f"sv);
  CHECK(encoded(view_of("x", "ab", in_inner)) == "\2x\7ab\0"sv);
  CHECK(shown(view_of("x", "ab", in_inner)) == "x:ab");
  CHECK(parsed("x,f=8:ab", in_inner) == "\2x\10ab\0"sv);
  const auto subchunk = encoded(view_of("x", "ab", in_inner));
  CHECK(encoded(view_of(2, subchunk, by.get())) == parsed("inner:x=ab", by.get()));
  CHECK(shown(view_of(2, subchunk, by.get())) == "inner:x=ab");
  // In three containers, none is another one.
  auto deeper = inner;
  deeper.framing = in_outer;
  const auto* const twice = chunk_framing_inside(&deeper);
  REQUIRE(twice);
  auto deepest = outer;
  deepest.framing = chunk_framing_inside(&outer);
  deepest.framing = chunk_framing_inside(&deepest);
  deepest.framing = chunk_framing_inside(&deepest);
  REQUIRE(deepest.framing);
  CHECK(chunk_framing_inside(&deepest) == nullptr);
  const auto plain = view_of("SUMS", "");
  CHECK(chunk_framing_inside(&plain) == nullptr);
  CHECK(chunk_framing_inside(nullptr) == nullptr);
}

// --- what foreign programs have written ---

TEST_CASE("every sample gives the same events wherever it is cut") {
  for_each_sample([](const std::string&, const framed_sample& sample) {
    for (const auto& how : {sample.how, sample.deep()}) {
      CAPTURE(how.levels);
      const auto seen = trace_of({sample.wire}, how);
      CHECK(seen.ends_with('.'));
      CHECK(seen.find("!trailer") == seen.npos);
      const auto whole = raw_trace_of({sample.wire}, how);
      for (std::size_t cut = 0; cut <= sample.wire.size(); cut += step_of(sample.wire)) {
        CAPTURE(cut);
        REQUIRE(raw_trace_of(cut_at(sample.wire, cut), how) == whole);
      }
      REQUIRE(raw_trace_of(support::cut_evenly(sample.wire, 1), how) == whole);
    }
  });
}

TEST_CASE("a sample that is decoded and encoded again is the same, also level by level") {
  for_each_sample([](const std::string&, const framed_sample& sample) {
    const auto again = [](const whole_chunk& chunk) { return encoded(chunk.as_it_came()); };
    for (const auto& how : {sample.how, sample.deep()}) {
      CAPTURE(how.levels);
      for (const std::size_t size : {std::size_t{1}, std::size_t{7}, sample.wire.size()}) {
        CHECK(rebuilt(support::cut_evenly(sample.wire, size), how, again) == sample.wire);
      }
    }
  });
}

TEST_CASE("a sample that is written anew from IDs, fields and payloads is the same") {
  for_each_sample([](const std::string& name, const framed_sample& sample) {
    // It has a length in a longer form than is ever written.
    if (name == "mp4.large") return;
    for (const auto& how : {sample.how, sample.deep()}) {
      CAPTURE(how.levels);
      const auto anew = [&](const whole_chunk& chunk) {
        return written_anew(chunk, std::string_view(name).substr(0, name.find('.')));
      };
      CHECK(rebuilt({sample.wire}, how, anew) == sample.wire);
    }
  });
}

TEST_CASE("a sample is shown so that the same bytes come of it, also level by level") {
  for_each_sample([](const std::string& name, const framed_sample& sample) {
    const auto again = [&](const whole_chunk& chunk) {
      const auto text = shown(chunk.as_it_came());
      CAPTURE(text);
      CHECK(text.starts_with("raw-send:") ==
            (name == "mp4.large" && text.find("%66%72%65%65") < text.size()));
      const auto bytes = parsed(text, chunk.event.chunk.framing);
      CHECK(bytes == encoded(chunk.as_it_came()));
      return bytes;
    };
    for (const auto& how : {sample.how, sample.deep()}) {
      CAPTURE(how.levels);
      CHECK(rebuilt({sample.wire}, how, again) == sample.wire);
    }
  });
}

TEST_CASE("a sample with wrong bytes is still written and shown as it came") {
  std::mt19937 random(5);
  int whole = 0, stray = 0;
  for_each_sample([&](const std::string&, const framed_sample& sample) {
    if (sample.wire.size() > 500) return;
    for (int round = 0; round < 12; ++round) {
      auto wire = sample.wire;
      for (int change = 0; change <= round % 3; ++change) {
        // Most headers are near the front.
        wire[random() % (round % 2 ? wire.size() : std::min<std::size_t>(wire.size(), 40))] =
            support::char_of(static_cast<int>(random() % 256));
      }
      CAPTURE(support::hex(support::bytes(wire)));
      for (const auto& how : {sample.how, sample.deep()}) {
        const auto seen = raw_trace_of({wire}, how);
        CHECK(raw_trace_of(cut_at(wire, random() % wire.size()), how) == seen);
        CHECK(raw_trace_of(support::cut_randomly(wire, static_cast<std::uint32_t>(random())),
                           how) == seen);
        if (!seen.ends_with('.')) continue;
        ++whole;
        stray += trace_of({wire}, how).find('[') != std::string::npos;
        CHECK(rebuilt({wire}, how, [](const whole_chunk& chunk) {
                const auto bytes = encoded(chunk.as_it_came());
                CHECK(parsed(shown(chunk.as_it_came()), chunk.event.chunk.framing) == bytes);
                return bytes;
              }) == wire);
      }
    }
  });
  CHECK(whole > 100);
  CHECK(stray > 5);
}

// --- the notation ---

TEST_CASE("the notation is read") {
  CHECK(parsed("ECHO:abc") == two_chunks.substr(8));
  CHECK(parsed("ECHO,len=9:abc") == "ECHO\x9\0\0\0abc"sv);
  CHECK(parsed("SUMS:OPND=3") ==
        "SUMS\x9\0\0\0OPND\1\0\0\0"
        "3"sv);
  CHECK(parsed("ECH") == "! 'ECH' is not an ID of four bytes");
  CHECK(parsed("ECHO,x") == "! 'x': not a modifier; there are len=N, cut=N and fill=N");
  CHECK(parsed("ECHO:@/etc/passwd") == "! '@/etc/passwd': no file is read here");
  CHECK(parsed("raw-send:a%00b") == "a\0b"sv);
  CHECK(parsed("raw-send:%0") == "! '%0': % needs two hexadecimal digits");
  const auto http2 = built_in("http2");
  CHECK(parsed("HEADERS,flags=5,stream=3:abc", http2.get()) == "\0\0\3\1\5\0\0\0\3abc"sv);
  CHECK(parsed("HEADERS,flag=5", http2.get()) == "! no field 'flag'; there are flags and stream");
}

TEST_CASE("the notation is written, and read again gives the same bytes") {
  CHECK(shown(view_of("ECHO", "abc")) == "ECHO:abc");
  CHECK(shown(view_of("NOOP", "")) == "NOOP");
  for (int value = 0; value < 256; ++value) {
    const std::string payload{support::char_of(value), '=', support::char_of(value)};
    CHECK(parsed(shown(view_of("ECHO", payload))) == encoded(view_of("ECHO", payload)));
  }
  const auto http2 = built_in("http2");
  auto view = view_of(1, "abc", http2.get());
  const chunk_field flags{"flags", 5, nullptr, 0};
  view.fields = &flags;
  view.field_count = 1;
  CHECK(shown(view) == "HEADERS,flags=5:abc");
}

TEST_CASE("a protocol determines which chunks are shown by their subchunks") {
  const auto by = loaded(rules);
  const auto payload = encoded(view_of("OPND", "3")) + encoded(view_of("OPND", "4"));
  CHECK(shown(view_of("SUMS", payload, by.get())) == "SUMS:OPND=3:OPND=4");
  CHECK(shown(view_of("SUMS", "", by.get())) == "SUMS");
  CHECK(shown(view_of("SUMS", "OPND", by.get())) == "SUMS:OPND");  // they do not fill it
  CHECK(shown(view_of("SUMS", payload)) == "SUMS:OPND%01%00%00%003OPND%01%00%00%004");
}

// --- protocol files ---

TEST_CASE("a bad protocol file is refused with its place") {
  chunk_framing* out = nullptr;
  const auto text = "[SUMS]\ncontains = 3\n"sv;
  CHECK(chunk_framing_load(text.data(), text.size(), &out) == CHUNK_BAD_PROTOCOL);
  CHECK(out == nullptr);
  CHECK(chunk_error_text() == "2:12: SUMS: 'contains' is not an array"sv);
}

TEST_CASE("a built-in protocol is found by its name") {
  chunk_framing* out = nullptr;
  CHECK(chunk_framing_find("mqtt5", &out) == CHUNK_BAD_PROTOCOL);
  CHECK(out == nullptr);
  CHECK(chunk_error_text() == "no protocol 'mqtt5'"sv);
  const auto mqtt = built_in("mqtt");
  CHECK(parsed("CONNECT:x", mqtt.get()) == "\20\1x");
  CHECK(parsed("ECHO:abc", built_in("none").get()) == two_chunks.substr(8));
}

TEST_CASE("an empty protocol file is the chunk framing") {
  const auto by = loaded("");
  CHECK(shown(view_of("ECHO", "abc", by.get())) == "ECHO:abc");
}

// --- arguments and memory ---

TEST_CASE("NULL is refused where it is not allowed") {
  std::size_t used = 0;
  chunk_event event;
  chunk_field field;
  chunk_framing* loaded_framing = nullptr;
  const decoder from(chunk_decoder_new(nullptr, CHUNK_UNKNOWN_SIDE, 0, no_limit));
  CHECK(chunk_decode(nullptr, "", 0, &used, &event) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_decode(from.get(), nullptr, 1, &used, &event) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_decode(from.get(), "", 0, nullptr, &event) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_decode(from.get(), "", 0, &used, nullptr) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_decode(from.get(), nullptr, 0, &used, &event) == CHUNK_OK);
  CHECK(chunk_decoder_finish(nullptr, &event) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_decoder_finish(from.get(), nullptr) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_framing_load("", 0, nullptr) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_framing_load(nullptr, 1, &loaded_framing) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_framing_find("mqtt", nullptr) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_framing_find(nullptr, &loaded_framing) == CHUNK_BAD_ARGUMENT);
  auto view = view_of("ECHO", "");
  CHECK(chunk_encode(&view, nullptr, 0, nullptr) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_encode(&view, nullptr, 9, &used) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_encode(nullptr, nullptr, 0, &used) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_to_text(nullptr, nullptr, 0, &used) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_id_to_text(nullptr, nullptr, 0, &used) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_id_to_text(&view, nullptr, 1, &used) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_get_field(nullptr, "x", &field) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_get_field(&view, nullptr, &field) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_get_field(&view, "x", nullptr) == CHUNK_BAD_ARGUMENT);
  CHECK(chunk_parse_text(nullptr, nullptr, 1, nullptr, 0, &used) == CHUNK_BAD_ARGUMENT);
  const auto missing = [&](auto set) {
    auto wrong = view_of("ECHO", "");
    set(wrong);
    CHECK(chunk_encode(&wrong, nullptr, 0, &used) == CHUNK_BAD_ARGUMENT);
    CHECK(chunk_to_text(&wrong, nullptr, 0, &used) == CHUNK_BAD_ARGUMENT);
  };
  missing([](chunk_view& wrong) { wrong.payload = nullptr, wrong.payload_size = 1; });
  missing([](chunk_view& wrong) { wrong.header_size = 1; });
  missing([](chunk_view& wrong) { wrong.tail_size = 1; });
  missing([](chunk_view& wrong) { wrong.field_count = 1; });
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
  const auto by = loaded(tree);
  const auto wire = parsed("outer,flags=5:%01%02:inner={x,f=9=abc:y=}:7=z", by.get());
  std::size_t needed = 0;
  char out[400];
  check_without_memory([&] {
    chunk_decoder* const made = chunk_decoder_new(by.get(), CHUNK_CLIENT, 9, no_limit);
    chunk_decoder_free(made);
    return made ? CHUNK_OK : CHUNK_NO_MEMORY;
  });
  check_without_memory([&] {
    constexpr auto text = "SUMS:OPND=a text that is longer than a string holds in itself"sv;
    return chunk_parse_text(nullptr, text.data(), text.size(), out, sizeof out, &needed);
  });
  auto view = view_of(1, "\1\2", by.get());
  const chunk_field fields[] = {{"flags", 9, nullptr, 0}, {"mark", 0, "ab", 2}};
  view.fields = fields;
  view.field_count = 2;
  check_without_memory([&] { return chunk_encode(&view, out, sizeof out, &needed); });
  check_without_memory([&] { return chunk_to_text(&view, out, sizeof out, &needed); });
  check_without_memory([&] { return chunk_id_to_text(&view, out, sizeof out, &needed); });
  chunk_field field;
  check_without_memory([&] { return chunk_get_field(&view, "mark", &field); });
  check_without_memory([&] {
    chunk_framing* made = nullptr;
    const auto status = chunk_framing_load(tree.data(), tree.size(), &made);
    chunk_framing_free(made);
    return status;
  });
  check_without_memory([&] {
    // A decoder is of no use after an error.
    const decoder from(chunk_decoder_new(by.get(), CHUNK_UNKNOWN_SIDE, 9, no_limit));
    if (!from) return CHUNK_NO_MEMORY;
    chunk_event event;
    for (std::size_t at = 0, used = 0;; at += used) {
      const auto size = std::min<std::size_t>(wire.size() - at, 1);
      const auto status = chunk_decode(from.get(), wire.data() + at, size, &used, &event);
      if (status != CHUNK_OK) return status;
      if (event.kind == 0 && size == 0) return chunk_decoder_finish(from.get(), &event);
    }
  });
}
