// The C interface, over the C++ one. No exception leaves it.
#include "chunk/chunk.h"
#include "encoded_parts.hpp"
#include "framing_definition.hpp"
#include "framing_errors.hpp"

#include <chunk/error.hpp>
#include <chunk/escape.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

struct loaded_protocol;

}  // namespace

/// A framing of a protocol, for chunks in that many containers.
struct chunk_framing {
  const loaded_protocol* from;
  chunk::framing how;
  std::size_t level;
};

namespace {

/// A protocol and all framings that its chunks may have, that of the stream first.
struct loaded_protocol {
  explicit loaded_protocol(chunk::protocol parsed) : rules(std::move(parsed)) {
    std::vector<chunk::framing> inner;
    for (const auto& each : rules.rules) {
      const auto& how = rules.framing_in(&each);
      if (each.container && std::ranges::find(inner, how) == inner.end()) inner.push_back(how);
    }
    framings.push_back({this, rules.framing, 0});
    for (std::size_t level = 1; level <= rules.framing.depth(); ++level) {
      for (const auto& how : inner) framings.push_back({this, how, level});
    }
  }
  loaded_protocol(const loaded_protocol&) = delete;
  loaded_protocol& operator=(const loaded_protocol&) = delete;

  /// The framing of the subchunks of a container on `level`.
  const chunk_framing* inside(const chunk::rule& container, std::size_t level) const {
    const auto& how = rules.framing_in(&container);
    const auto found = std::ranges::find_if(framings, [&](const chunk_framing& each) {
      return each.level == level + 1 && each.how == how;
    });
    return &*found;
  }

  chunk::protocol rules;
  std::vector<chunk_framing> framings;
};

}  // namespace

struct chunk_decoder {
  chunk::decoder state;
  std::size_t levels;                      // of containers to enter
  std::vector<const chunk_framing*> path;  // of the stream and of each container that was entered
  chunk::fragment given{};
  const chunk::rule* container = nullptr;  // that has begun and is to be entered
  std::size_t prefix = 0;                  // bytes that are missing before its first subchunk
};

namespace {

/// Enough for a reason with two quotations; longer ones are cut off.
constexpr std::size_t longest_text = 1024;

thread_local std::array<char, longest_text> error_text{};

chunk_status fail(chunk_status status, std::string_view reason) noexcept {
  const auto size = std::min(reason.size(), longest_text - 1);
  std::copy_n(reason.begin(), size, error_text.begin());
  error_text[size] = '\0';
  return status;
}

chunk_status status_of(const std::error_code& code) noexcept {
  constexpr std::array<std::pair<chunk::errc, chunk_status>, 7> statuses{{
      {chunk::errc::truncated, CHUNK_TRUNCATED},
      {chunk::errc::too_large, CHUNK_TOO_LARGE},
      {chunk::errc::malformed, CHUNK_MALFORMED},
      {chunk::errc::violation, CHUNK_MALFORMED},
      {chunk::errc::bad_id, CHUNK_BAD_ID},
      {chunk::errc::bad_notation, CHUNK_BAD_NOTATION},
      {chunk::errc::bad_protocol, CHUNK_BAD_PROTOCOL},
  }};
  const auto* const found = std::find_if(statuses.begin(), statuses.end(), [&](const auto& each) {
    return make_error_code(each.first) == code;
  });
  return found == statuses.end() ? CHUNK_INTERNAL : found->second;
}

chunk_status fail(const chunk::error& problem) {
  return fail(status_of(problem.code), to_text(problem));
}

/// Turns the exception that is being handled into a status.
chunk_status fail_by_exception() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return fail(CHUNK_NO_MEMORY, "out of memory");
  } catch (const std::exception& problem) {
    return fail(CHUNK_INTERNAL, problem.what());
  }
}

/// Runs the work of a function and turns what it throws into a status.
template <class Work>
chunk_status guarded(Work work) noexcept {
  try {
    return work();
  } catch (...) {
    return fail_by_exception();
  }
}

bool is_range(const void* data, std::size_t size) {
  return data || size == 0;
}

std::span<const std::byte> bytes_of(const void* data, std::size_t size) {
  return {static_cast<const std::byte*>(data), size};
}

chunk_status no_argument() {
  return fail(CHUNK_BAD_ARGUMENT, "an argument is NULL that must not be");
}

// --- framings ---

chunk::framing framing_of(const chunk_framing* framing) {
  return framing ? framing->how : chunk::framing();
}

const chunk::protocol& rules_of(const chunk_framing* framing) {
  return framing ? framing->from->rules : chunk::chunk_protocol();
}

/// The chunk framing as a protocol file describes it, whose decoder enters containers.
const chunk::framing& described_chunk_framing() {
  static const auto rules =
      value_or_throw(chunk::parse_protocol("header = 'id:4 length:u32le'", ""));
  return rules.framing;
}

chunk::framing walked(const chunk::framing& how) {
  return how.definition ? how : described_chunk_framing().of(how.side);
}

chunk::stream_side side_of(chunk_side side) {
  switch (side) {
    case CHUNK_UNKNOWN_SIDE: break;
    case CHUNK_CLIENT: return chunk::stream_side::client;
    case CHUNK_SERVER: return chunk::stream_side::server;
  }
  return chunk::stream_side::unknown;
}

template <class Read>
chunk_status load(chunk_framing** out, Read read) {
  return guarded([&] {
    if (!out) return no_argument();
    *out = nullptr;
    chunk::result<chunk::protocol> rules = read();
    if (!rules) {
      // There is no name of a file to begin with.
      const auto reason = to_text(rules.error());
      return fail(status_of(rules.error().code),
                  std::string_view(reason).substr(reason.starts_with(':') ? 1 : 0));
    }
    *out = (new loaded_protocol(std::move(*rules)))->framings.data();
    return CHUNK_OK;
  });
}

// --- chunks ---

chunk_status read_id(const chunk_view& from, chunk::id& out) {
  const auto how = framing_of(from.framing);
  const auto* const form = how.ids();
  const auto bytes = bytes_of(from.id, std::min<std::size_t>(from.id_size, CHUNK_ID_SIZE));
  const auto bad = [](const std::string& reason) { return fail(CHUNK_BAD_ID, reason); };
  const auto shown = [&] { return '\'' + chunk::escaped(bytes, chunk::quote_escapes) + "' is "; };
  if (from.opening) {
    if (!how.definition || !how.definition->opening) return bad("no chunk has an opening header");
    out.form = &how.definition->opening_ids;
    return from.id_size == 0 ? CHUNK_OK : bad(shown() + "an ID of a chunk that has none");
  }
  if (form && form->is_number) {
    if (from.id_size > 0) return bad(shown() + "no number, as all IDs of the framing are");
    out = chunk::id_of_number(from.number, *form);
    if (from.number <= form->greatest) return CHUNK_OK;
    return bad("the ID " + to_text(out) + " is above " + std::to_string(form->greatest));
  }
  const auto size = form ? form->size : std::size_t{4};
  const auto wanted = form ? std::to_string(size) : std::string("four");
  if (from.id_size != size) return bad(shown() + "not an ID of " + wanted + " bytes");
  out = chunk::id_of_bytes(bytes, form);
  return CHUNK_OK;
}

/// Reads the header that a chunk came with, if there is one.
chunk_status read_front(const chunk_view& from, chunk::header_reading& out) {
  const auto how = framing_of(from.framing);
  const auto front = bytes_of(from.header, from.header_size);
  if (front.empty()) return CHUNK_OK;
  out = how.read_header(front, from.opening != 0);
  if (how.definition && out.is == chunk::header_reading::state::whole && out.size == front.size()) {
    return CHUNK_OK;
  }
  return fail(CHUNK_BAD_ARGUMENT, "not a header of the framing: " + chunk::escaped(front));
}

/// Fields that differ from those of the header that a chunk came with, or from the defaults.
chunk_status set_fields(const chunk_view& from, chunk::draft& out) {
  for (std::size_t at = 0; at < from.field_count; ++at) {
    const auto& each = from.fields[at];
    if (!each.name) return no_argument();
    const std::string_view name(each.name);
    if (name == "length") {
      const auto most = out.framing.greatest_length(out.id);
      if (each.bytes) return fail(CHUNK_BAD_FIELD, "length= is a number");
      if (each.number > most) {
        return fail(CHUNK_BAD_FIELD,
                    "length= " + std::to_string(each.number) + " is above " + std::to_string(most));
      }
      out.length = each.number;
      continue;
    }
    std::string text;
    if (!each.bytes) text = std::to_string(each.number);
    for (const auto byte : bytes_of(each.bytes, each.bytes ? each.size : 0)) {
      chunk::append_escape(text, byte);
    }
    auto set = out.framing.parse_field(out.id, name, text);
    if (!set) return fail(CHUNK_BAD_FIELD, to_text(set.error()));
    const auto& item = out.framing.definition->layout_of(out.id).items()[set->item];
    if (!item.number && !each.bytes) {
      return fail(CHUNK_BAD_FIELD, std::string(name) + "= consists of bytes");
    }
    std::erase_if(out.fields, [&](const auto& other) { return other.item == set->item; });
    out.fields.push_back(std::move(*set));
  }
  return CHUNK_OK;
}

/// A chunk on the wire, of which only the payload is borrowed.
struct wire_form {
  chunk::id id;
  std::span<const std::byte> payload;
  chunk::encoded_parts around;

  std::size_t size() const { return around.header.size() + payload.size() + around.tail.size(); }
};

/// Says whether a header is that of the chunk with a payload, and with a tail if there is one.
bool fits(const chunk::framing_definition& how, const chunk::header_reading& front,
          const chunk_view& of) {
  const bool tail_fits = !of.tail || !how.header.has_pad() || of.tail_size == front.tail;
  return tail_fits && of.field_count == 0 && (front.open || front.head.length == of.payload_size);
}

/// Makes a new header, and what follows the payload.
chunk_status encode_anew(const chunk_view& from, const chunk::header_reading& front,
                         wire_form& out) {
  chunk::draft text;
  text.id = out.id;
  text.framing = framing_of(from.framing);
  const auto* const how = text.framing.definition;
  if (!front.head.front.empty() && !from.opening) {
    text.fields = how->header.fields_of(front.head.front);
  }
  if (front.open) text.length = front.value;
  const auto done = set_fields(from, text);
  if (done != CHUNK_OK) return done;
  if (from.tail && how) {
    const auto parts = how->split_tail(bytes_of(from.tail, from.tail_size));
    text.trailer.emplace(parts.trailer.begin(), parts.trailer.end());
    text.padding.emplace(parts.padding.begin(), parts.padding.end());
    if (how->header.has_pad() && parts.padding.size() > 255) {
      return fail(CHUNK_BAD_ARGUMENT, "a pad has at most 255 bytes");
    }
  }
  const auto size = out.payload.size();
  auto around = encode_around(text, out.payload, size);
  if (!around) {
    return fail(CHUNK_TOO_LARGE, name_of(out.id) + ": " + std::to_string(size) +
                                     " bytes are more than a length can declare");
  }
  out.around = std::move(*around);
  return CHUNK_OK;
}

/// Finds out the ID and the payload of a chunk.
chunk_status read_view(const chunk_view& from, wire_form& out) {
  if (!is_range(from.header, from.header_size) || !is_range(from.payload, from.payload_size) ||
      !is_range(from.tail, from.tail_size) || !is_range(from.fields, from.field_count)) {
    return no_argument();
  }
  out.payload = bytes_of(from.payload, from.payload_size);
  return read_id(from, out.id);
}

/// Finds out what a chunk is on the wire.
chunk_status encode_view(const chunk_view& from, wire_form& out) {
  auto done = read_view(from, out);
  if (done != CHUNK_OK) return done;
  chunk::header_reading front;
  done = read_front(from, front);
  if (done != CHUNK_OK) return done;
  const auto* const how = framing_of(from.framing).definition;
  if (!how && from.tail_size > 0) {
    return fail(CHUNK_BAD_ARGUMENT, "nothing follows a payload in the chunk framing");
  }
  if (from.header_size == 0 || !fits(*how, front, from)) return encode_anew(from, front, out);
  if (front.head.id != out.id) {
    return fail(CHUNK_BAD_ARGUMENT,
                "the header has the ID " + to_text(front.head.id) + ", not " + to_text(out.id));
  }
  const auto bytes = front.head.front;
  out.around.header.assign(bytes.begin(), bytes.end());
  const auto tail = bytes_of(from.tail, from.tail_size);
  out.around.tail = from.tail ? std::vector(tail.begin(), tail.end())
                              : how->tail_of({out.id, out.payload, bytes});
  return CHUNK_OK;
}

/// Gives a result of `size` bytes, which `write` writes.
template <class Write>
chunk_status give(std::size_t size, void* out, std::size_t capacity, std::size_t& needed,
                  Write write) {
  needed = size;
  if (capacity < size) {
    return fail(CHUNK_NO_ROOM, std::to_string(size) + " bytes are needed, there is room for " +
                                   std::to_string(capacity));
  }
  write(std::span(static_cast<std::byte*>(out), size));
  return CHUNK_OK;
}

/// Writes the notation of a chunk.
chunk_status write_notation(const chunk_view& from, std::string& out) {
  wire_form wire;
  // Without a header of its own a chunk is shown by its ID and its payload alone.
  const bool plain = from.header_size == 0 && !from.tail && from.field_count == 0;
  const auto done = plain ? read_view(from, wire) : encode_view(from, wire);
  if (done != CHUNK_OK) return done;
  const auto how = framing_of(from.framing);
  const auto& [front, tail] = wire.around;
  const chunk::placed_chunk given{{wire.id, wire.payload, front}, 0, front.size(), tail};
  if (!how.definition && !plain && how.read_header(front).head.length != wire.payload.size()) {
    out = chunk::raw_prefix;
    for (const auto part : {given.front, given.payload}) {
      for (const auto each : part) chunk::append_escape(out, each);
    }
    return CHUNK_OK;
  }
  const auto& rules = rules_of(from.framing);
  const auto level = from.framing ? from.framing->level : 0;
  if (level > 0) {
    append_subchunk_text(out, given, rules, how, level);
  } else {
    append_text(out, given, rules);
  }
  return CHUNK_OK;
}

chunk_status show_id(const chunk_view& from, std::string& out) {
  chunk::id id;
  const auto done = read_id(from, id);
  if (done == CHUNK_OK) out = to_text(id);
  return done;
}

/// Gives the text that `write` makes of a chunk.
template <class Write>
chunk_status give_text(const chunk_view* chunk, char* out, std::size_t capacity,
                       std::size_t* needed, Write write) {
  return guarded([&] {
    if (!chunk || !needed || !is_range(out, capacity)) return no_argument();
    *needed = 0;
    std::string text;
    const auto done = write(*chunk, text);
    if (done != CHUNK_OK) return done;
    return give(text.size() + 1, out, capacity, *needed, [&](std::span<std::byte> room) {
      std::ranges::copy(std::as_bytes(std::span(text.c_str(), text.size() + 1)), room.begin());
    });
  });
}

chunk::result<std::vector<std::byte>> refuse_file(const std::string& path) {
  return tl::unexpected(chunk::error{chunk::errc::bad_notation,
                                     "'@" + chunk::quoted(path) + "': no file is read here"});
}

chunk::result<chunk::image> parse(const chunk_framing* framing, std::string_view text) {
  if (text.starts_with(chunk::raw_prefix)) {
    auto bytes = chunk::unescape(text.substr(chunk::raw_prefix.size()));
    if (!bytes) return tl::unexpected(bytes.error());
    return chunk::image::of(std::move(*bytes));
  }
  const auto& rules = rules_of(framing);
  chunk::rule container;
  container.framing = framing_of(framing);
  const auto draft = framing && framing->level > 0 ? parse_subchunk(text, rules, container)
                                                   : parse_chunk(text, rules);
  if (!draft) return tl::unexpected(draft.error());
  return encode(*draft, refuse_file);
}

// --- decoding ---

/// Decides how many bytes of the input make the next event: the header of a container comes apart
/// from what precedes its subchunks, and that apart from these.
std::size_t share_of(const chunk_decoder& from, std::span<const std::byte> input) {
  using state = chunk::header_reading::state;
  if (from.container) return std::min(from.prefix, input.size());
  const auto& decoder = from.state;
  if (decoder.level() >= from.levels || decoder.pending() || decoder.in_tail()) {
    return input.size();
  }
  const auto begun = decoder.partial_header();
  if (begun.empty() && !decoder.between_chunks()) return input.size();
  const auto front = decoder.peek(begun.empty() ? input : begun);
  if (front.is == state::partial && !begun.empty()) {
    return std::min(front.size - begun.size(), input.size());
  }
  const auto& rules = rules_of(from.path.back());
  const bool enters =
      front.is == state::whole && rules.walked_container(front.head, decoder.level());
  return enters ? std::min<std::size_t>(front.size, input.size()) : input.size();
}

/// Takes the next event from the input.
chunk::result<bool> advance(chunk_decoder& from, std::span<const std::byte>& input) {
  for (;;) {
    auto share = input.first(share_of(from, input));
    const auto before = share.size();
    auto more = from.state.next(share, from.given);
    input = input.subspan(before - share.size());
    if (!more || *more || input.empty()) return more;
  }
}

/// Enters a container once what precedes its subchunks has come.
bool enter(chunk_decoder& from) {
  const auto& given = from.given;
  if (given.kind != chunk::fragment_kind::chunk) return false;
  from.path.resize(given.level + std::size_t{1});
  if (given.begins) {
    const bool may = given.level < from.levels && given.payload.empty();
    const auto& rules = rules_of(from.path.back());
    from.container = may ? rules.walked_container(given.head, given.level) : nullptr;
    from.prefix = from.container ? from.container->prefix : 0;
  } else if (from.container) {
    from.prefix -= given.payload.size();
  }
  if (given.ends) from.container = nullptr;
  if (!from.container || from.prefix > 0) return false;
  const auto& loaded = *from.path.back()->from;
  from.path.push_back(loaded.inside(*from.container, given.level));
  from.state.enter(walked(from.path.back()->how));
  from.container = nullptr;
  return true;
}

void fill_view(const chunk::fragment& from, const chunk_framing* framing, chunk_view& out) {
  static constexpr std::byte none{};
  out.framing = framing;
  out.payload = from.payload.empty() ? &none : from.payload.data();
  out.payload_size = from.payload.size();
  if (from.kind != chunk::fragment_kind::chunk) return;
  const auto& id = from.head.id;
  const auto* const how = framing_of(framing).definition;
  if (id.form && id.form->is_number) {
    out.number = id.number();
  } else {
    out.id_size = id.size();
    std::memcpy(out.id, id.bytes.data(), out.id_size);
  }
  if (how) {
    out.opening = how->is_opening(id) ? 1 : 0;
    out.header = from.head.front.data();
    out.header_size = from.head.front.size();
  }
  if (!from.ends) return;
  out.tail = from.tail.empty() ? &none : from.tail.data();
  out.tail_size = from.tail.size();
}

unsigned kind_of(const chunk::fragment& from, bool enters) {
  switch (from.kind) {
    case chunk::fragment_kind::preamble: return CHUNK_PREAMBLE;
    case chunk::fragment_kind::stray: return CHUNK_STRAY;
    case chunk::fragment_kind::chunk: break;
  }
  return (from.begins ? unsigned{CHUNK_BEGIN} : 0U) |
         (from.payload.empty() ? 0U : unsigned{CHUNK_PAYLOAD}) |
         (from.ends ? unsigned{CHUNK_END} : 0U) | (enters ? unsigned{CHUNK_ENTER} : 0U) |
         (from.wrong_trailer ? unsigned{CHUNK_WRONG_TRAILER} : 0U) |
         (from.wrong_padding ? unsigned{CHUNK_WRONG_PADDING} : 0U);
}

void fill_event(chunk_decoder& from, chunk_event& out) {
  const auto& given = from.given;
  const auto* const framing = from.path[given.level];
  out.kind = kind_of(given, enter(from));
  out.level = given.level;
  out.offset = given.offset;
  out.length = given.head.length;
  out.declared = framing_of(framing).definition ? given.declared : given.head.length;
  fill_view(given, framing, out.chunk);
  if (given.kind == chunk::fragment_kind::stray) fail(from.state.stray_reason());
}

/// Takes the next event from the input into `out`.
chunk_status take_event(chunk_decoder& from, std::span<const std::byte>& input, chunk_event& out) {
  const auto more = advance(from, input);
  if (!more) return fail(more.error());
  if (*more) fill_event(from, out);
  return CHUNK_OK;
}

}  // namespace

const char* chunk_version(void) {
  return CHUNK_VERSION;
}

const char* chunk_error_text(void) {
  return error_text.data();
}

chunk_status chunk_framing_load(const char* text, size_t size, chunk_framing** out) {
  if (out) *out = nullptr;
  if (!is_range(text, size)) return no_argument();
  return load(out, [&] { return chunk::parse_protocol({text, size}, ""); });
}

chunk_status chunk_framing_find(const char* name, chunk_framing** out) {
  if (out) *out = nullptr;
  if (!name) return no_argument();
  return load(out, [&] { return chunk::find_protocol(name); });
}

void chunk_framing_free(chunk_framing* framing) {
  if (framing) delete framing->from;
}

const void* chunk_framing_start(const chunk_framing* framing, chunk_side side, size_t* size) {
  const auto start = framing_of(framing).of(side_of(side)).start();
  if (size) *size = start.count;
  return start.bytes.empty() ? nullptr : start.bytes.data();
}

const char* chunk_field_name(const chunk_framing* framing, size_t index) {
  const auto* const how = framing_of(framing).definition;
  if (!how) return nullptr;
  for (const auto& each : how->header.items()) {
    if (each.is == chunk::header_item::role::field && index-- == 0) return each.name.c_str();
  }
  return nullptr;
}

chunk_status chunk_get_field(const chunk_view* chunk, const char* name, chunk_field* out) {
  return guarded([&] {
    if (!chunk || !name || !out || !is_range(chunk->header, chunk->header_size)) {
      return no_argument();
    }
    *out = {};
    chunk::header_reading front;
    auto done = read_front(*chunk, front);
    // Without a header the fields have their defaults, which may differ for an opening chunk.
    if (done == CHUNK_OK && chunk->header_size == 0) done = read_id(*chunk, front.head.id);
    if (done != CHUNK_OK) return done;
    const auto how = framing_of(chunk->framing);
    const auto fields = how.fields(front.head);
    const auto found = std::ranges::find(fields, name, &chunk::header_field::name);
    if (found != fields.end()) {
      *out = {found->name.data(), found->number.value_or(0), nullptr, 0};
      if (!found->number) *out = {found->name.data(), 0, found->bytes.data(), found->bytes.size()};
      return CHUNK_OK;
    }
    return fail(CHUNK_BAD_FIELD, "no field '" + chunk::quoted(name) + "'");
  });
}

const chunk_framing* chunk_framing_inside(const chunk_view* container) {
  const chunk_framing* found = nullptr;
  guarded([&] {
    chunk::id id;
    if (!container || !container->framing) return no_argument();
    const auto done = read_id(*container, id);
    if (done != CHUNK_OK) return done;
    const auto& [from, how, level] = *container->framing;
    const auto* const known = from->rules.find(id);
    if (from->rules.contains(known, level)) found = from->inside(*known, level);
    return CHUNK_OK;
  });
  return found;
}

chunk_decoder* chunk_decoder_new(const chunk_framing* framing, chunk_side side, unsigned levels,
                                 uint64_t limit) {
  chunk_decoder* made = nullptr;
  guarded([&] {
    const auto how = framing_of(framing).of(side_of(side));
    const bool enters = levels > 0 && framing && framing->from->framings.size() > 1;
    made = new chunk_decoder{
        chunk::decoder(limit, enters ? walked(how) : how), enters ? levels : 0, {framing}};
    return CHUNK_OK;
  });
  return made;
}

void chunk_decoder_free(chunk_decoder* decoder) {
  delete decoder;
}

chunk_status chunk_decode(chunk_decoder* decoder, const void* data, size_t size, size_t* used,
                          chunk_event* event) {
  return guarded([&] {
    if (!decoder || !used || !event || !is_range(data, size)) return no_argument();
    *event = {};
    auto input = bytes_of(data, size);
    const auto done = take_event(*decoder, input, *event);
    *used = size - input.size();
    return done;
  });
}

chunk_status chunk_decoder_finish(chunk_decoder* decoder, chunk_event* event) {
  return guarded([&] {
    if (!decoder || !event) return no_argument();
    *event = {};
    decoder->state.end();
    std::span<const std::byte> none;
    const auto taken = take_event(*decoder, none, *event);
    if (taken != CHUNK_OK || event->kind != 0) return taken;
    const auto done = decoder->state.finish();
    return done ? CHUNK_OK : fail(done.error());
  });
}

chunk_status chunk_encode(const chunk_view* chunk, void* out, size_t capacity, size_t* needed) {
  return guarded([&] {
    if (!chunk || !needed || !is_range(out, capacity)) return no_argument();
    *needed = 0;
    wire_form wire;
    const auto done = encode_view(*chunk, wire);
    if (done != CHUNK_OK) return done;
    return give(wire.size(), out, capacity, *needed, [&](std::span<std::byte> room) {
      auto at = room.begin();
      for (const auto part : {std::span<const std::byte>(wire.around.header), wire.payload,
                              std::span<const std::byte>(wire.around.tail)}) {
        at = std::copy(part.begin(), part.end(), at);
      }
    });
  });
}

chunk_status chunk_parse_text(const chunk_framing* framing, const char* text, size_t size,
                              void* out, size_t capacity, size_t* needed) {
  return guarded([&] {
    if (!needed || !is_range(text, size) || !is_range(out, capacity)) return no_argument();
    *needed = 0;
    const auto image = parse(framing, {text, size});
    if (!image) return fail(image.error());
    if (image->size() > std::numeric_limits<std::size_t>::max()) {
      return fail(CHUNK_TOO_LARGE, "more bytes than fit into memory");
    }
    return give(static_cast<std::size_t>(image->size()), out, capacity, *needed,
                [&](std::span<std::byte> room) { image->read(0, room); });
  });
}

chunk_status chunk_to_text(const chunk_view* chunk, char* out, size_t capacity, size_t* needed) {
  return give_text(chunk, out, capacity, needed, write_notation);
}

chunk_status chunk_id_to_text(const chunk_view* chunk, char* out, size_t capacity, size_t* needed) {
  return give_text(chunk, out, capacity, needed, show_id);
}
