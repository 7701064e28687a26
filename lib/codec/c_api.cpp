// The C interface, over the C++ one. No exception leaves it.
#include "chunk/chunk.h"

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

struct chunk_framing {
  chunk::protocol rules;
};

struct chunk_decoder {
  chunk::decoder state;
  chunk::fragment given{};
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

/// Runs the work of a function and turns what it throws into a status.
template <class Work>
chunk_status guarded(Work work) noexcept {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return fail(CHUNK_NO_MEMORY, "out of memory");
  } catch (const std::exception& problem) {
    return fail(CHUNK_INTERNAL, problem.what());
  }
}

bool is_range(const void* data, std::size_t size) {
  return data || size == 0;
}

std::span<const std::byte> bytes_of(const void* data, std::size_t size) {
  return {static_cast<const std::byte*>(data), size};
}

std::string_view text_of(const char* text, std::size_t size) {
  return {text, size};
}

chunk_status no_argument() {
  return fail(CHUNK_BAD_ARGUMENT, "an argument is NULL that must not be");
}

chunk_status no_room(std::size_t needed, std::size_t capacity) {
  return fail(CHUNK_NO_ROOM, std::to_string(needed) + " bytes are needed, there is room for " +
                                 std::to_string(capacity));
}

chunk::framing framing_of(const chunk_framing* framing) {
  return framing ? framing->rules.framing : chunk::framing();
}

chunk::result<chunk::id> id_of(const void* bytes, std::size_t size, const chunk::framing& how) {
  const chunk::id empty{{}, how.ids()};
  if (size == empty.size()) {
    const auto out = chunk::id_of_bytes(bytes_of(bytes, size), how.ids());
    const bool fits = !out.form || !out.form->is_number || out.number() <= out.form->greatest;
    if (fits) return out;
    return tl::unexpected(
        chunk::error{chunk::errc::bad_id,
                     "the ID " + to_text(out) + " is above " + std::to_string(out.form->greatest)});
  }
  const auto shown = chunk::escaped(bytes_of(bytes, size), chunk::quote_escapes);
  const auto wanted = how.ids() ? std::to_string(empty.size()) : std::string("four");
  return tl::unexpected(
      chunk::error{chunk::errc::bad_id, "'" + shown + "' is not an ID of " + wanted + " bytes"});
}

/// The chunk that the arguments of a function describe.
chunk::result<chunk::chunk_view> view_of(const chunk_framing* framing, const void* id,
                                         std::size_t id_size, const void* payload,
                                         std::size_t payload_size) {
  const auto how = framing_of(framing);
  const auto known = id_of(id, id_size, how);
  if (!known) return tl::unexpected(known.error());
  if (!how.can_declare({*known, payload_size})) {
    return tl::unexpected(
        chunk::error{chunk::errc::too_large, to_text(*known) + ": " + std::to_string(payload_size) +
                                                 " bytes are more than a length can declare"});
  }
  return chunk::chunk_view{*known, bytes_of(payload, payload_size)};
}

unsigned kind_of(const chunk::fragment& from) {
  if (from.kind == chunk::fragment_kind::preamble) return CHUNK_PREAMBLE;
  return (from.begins ? unsigned{CHUNK_BEGIN} : 0U) |
         (from.payload.empty() ? 0U : unsigned{CHUNK_PAYLOAD}) |
         (from.ends ? unsigned{CHUNK_END} : 0U);
}

void fill_event(const chunk::fragment& from, chunk_event& out) {
  out.kind = kind_of(from);
  out.id_size = from.head.id.size();
  std::memcpy(out.id, from.head.id.bytes.data(), out.id_size);
  out.length = from.head.length;
  out.offset = from.offset;
  if (from.payload.empty()) return;
  out.payload = reinterpret_cast<const unsigned char*>(from.payload.data());
  out.payload_size = from.payload.size();
}

std::string text_of(const chunk_framing* framing, const chunk::chunk_view& value) {
  return framing ? to_text(chunk::placed_chunk{value}, framing->rules) : to_text(value);
}

}  // namespace

const char* chunk_version(void) {
  return CHUNK_VERSION;
}

const char* chunk_error_text(void) {
  return error_text.data();
}

chunk_status chunk_framing_load(const char* text, size_t size, chunk_framing** out) {
  return guarded([&] {
    if (!out) return no_argument();
    *out = nullptr;
    if (!is_range(text, size)) return no_argument();
    auto rules = chunk::parse_protocol(text_of(text, size), "");
    if (!rules) {
      // There is no name of a file to begin with.
      const auto reason = to_text(rules.error());
      return fail(status_of(rules.error().code),
                  std::string_view(reason).substr(reason.starts_with(':') ? 1 : 0));
    }
    *out = new chunk_framing{std::move(*rules)};
    return CHUNK_OK;
  });
}

void chunk_framing_free(chunk_framing* framing) {
  delete framing;
}

chunk_decoder* chunk_decoder_new(const chunk_framing* framing, uint64_t limit) {
  chunk_decoder* made = nullptr;
  guarded([&] {
    made = new chunk_decoder{chunk::decoder(limit, framing_of(framing))};
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
    *used = 0;
    *event = {};
    auto input = bytes_of(data, size);
    if (size == 0) decoder->state.end();
    auto& given = decoder->given;
    const auto more = decoder->state.next(input, given);
    *used = size - input.size();
    if (!more) return fail(more.error());
    if (*more) fill_event(given, *event);
    return CHUNK_OK;
  });
}

chunk_status chunk_decoder_finish(const chunk_decoder* decoder) {
  return guarded([&] {
    if (!decoder) return no_argument();
    const auto done = decoder->state.finish();
    return done ? CHUNK_OK : fail(done.error());
  });
}

chunk_status chunk_encode(const chunk_framing* framing, const void* id, size_t id_size,
                          const void* payload, size_t payload_size, void* out, size_t capacity,
                          size_t* needed) {
  return guarded([&] {
    if (!needed || !is_range(id, id_size) || !is_range(payload, payload_size) ||
        !is_range(out, capacity)) {
      return no_argument();
    }
    *needed = 0;
    const auto value = view_of(framing, id, id_size, payload, payload_size);
    if (!value) return fail(value.error());
    *needed = encoded_size(*value, framing_of(framing));
    if (capacity < *needed) return no_room(*needed, capacity);
    encode(*value, {static_cast<std::byte*>(out), *needed}, framing_of(framing));
    return CHUNK_OK;
  });
}

chunk_status chunk_parse_text(const chunk_framing* framing, const char* text, size_t size,
                              void* out, size_t capacity, size_t* needed) {
  return guarded([&] {
    if (!needed || !is_range(text, size) || !is_range(out, capacity)) return no_argument();
    *needed = 0;
    const auto draft =
        chunk::parse_chunk(text_of(text, size), framing ? framing->rules : chunk::chunk_protocol());
    if (!draft) return fail(draft.error());
    const auto refuse = [](const std::string& path) -> chunk::result<std::vector<std::byte>> {
      return tl::unexpected(chunk::error{chunk::errc::bad_notation,
                                         "'@" + chunk::quoted(path) + "': no file is read here"});
    };
    const auto image = encode(*draft, refuse);
    if (!image) return fail(image.error());
    if (image->size() > std::numeric_limits<std::size_t>::max()) {
      return fail(CHUNK_TOO_LARGE, "more bytes than fit into memory");
    }
    *needed = static_cast<std::size_t>(image->size());
    if (capacity < *needed) return no_room(*needed, capacity);
    image->read(0, {static_cast<std::byte*>(out), *needed});
    return CHUNK_OK;
  });
}

chunk_status chunk_to_text(const chunk_framing* framing, const void* id, size_t id_size,
                           const void* payload, size_t payload_size, char* out, size_t capacity,
                           size_t* needed) {
  return guarded([&] {
    if (!needed || !is_range(id, id_size) || !is_range(payload, payload_size) ||
        !is_range(out, capacity)) {
      return no_argument();
    }
    *needed = 0;
    const auto value = view_of(framing, id, id_size, payload, payload_size);
    if (!value) return fail(value.error());
    const auto shown = text_of(framing, *value);
    *needed = shown.size() + 1;
    if (capacity < *needed) return no_room(*needed, capacity);
    std::memcpy(out, shown.c_str(), *needed);
    return CHUNK_OK;
  });
}
