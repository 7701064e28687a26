// Wire codec: bytes to events and back. No I/O happens here.
#pragma once

#include <chunk/error.hpp>
#include <chunk/id.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chunk {

/// The longest payload that a length of the chunk framing can declare.
inline constexpr std::uint64_t max_length = std::numeric_limits<std::uint32_t>::max();

/// No limit for payloads.
inline constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

/// The sum of two numbers of bytes, or no_limit if it is above that.
constexpr std::uint64_t limited_sum(std::uint64_t one, std::uint64_t other) {
  return one > no_limit - other ? no_limit : one + other;
}

/// Who has sent a stream.
enum class stream_side : std::uint8_t { unknown, client, server };

/// The part of a chunk before its payload.
struct header {
  chunk::id id;
  std::uint64_t length = 0;  ///< bytes of payload; no_limit if they are all that follows

  /// The header as it was received, whose fields are written again; empty for the defaults, and
  /// always empty in the chunk framing.
  std::span<const std::byte> front{};
};

/// The result of reading the beginning of some bytes as a header.
struct header_reading {
  enum class state : std::uint8_t {
    whole,
    partial,    ///< the bytes end inside the header
    malformed,  ///< the bytes are not the beginning of a header
  };

  state is = state::partial;
  std::uint8_t id_size = 0;  ///< bytes of the ID that have come, also for a partial header
  bool open = false;         ///< the payload is all that follows, and its length is not known
  bool alone = false;        ///< nothing follows the header
  std::uint16_t size = 0;  ///< bytes of the header. Partial: its minimum size, more than have come.
                           ///< Malformed: the bytes that show it
  header head;             ///< for a partial header only the bytes of the ID that have come
  std::uint64_t value = 0;    ///< the length as it stands in the header
  std::uint64_t tail = 0;     ///< bytes behind the payload, the padding among them
  std::uint64_t padding = 0;  ///< of these, those that align the next chunk

  /// Says whether the whole ID has come.
  bool has_id() const {
    const auto* form = head.id.form;
    return form && form->is_number ? id_size > 0 : id_size >= head.id.size();
  }

  /// Says whether a trailer and padding follow the payload in framings that have them.
  bool has_tail() const { return !alone && !open; }
};

/// A field of a header besides ID, length and pad.
struct header_field {
  std::string_view name;
  std::size_t item = 0;                 ///< which item of the header it is
  bool by_default = false;              ///< it has the default value
  std::optional<std::uint64_t> number;  ///< nullopt: it consists of bytes
  std::span<const std::byte> bytes;     ///< as they stand in the header

  /// As the notation writes it: decimal digits, or bytes with escapes.
  std::string text() const;
};

/// The value of a field, as it stands in a header.
struct field_setting {
  std::size_t item = 0;
  std::vector<std::byte> bytes;

  bool operator==(const field_setting&) const = default;
};

struct framing_definition;

/// How a stream is divided into chunks. A small value that can be copied freely. The default is the
/// chunk framing: an ID of 4 bytes, a length of 4 bytes, little-endian, and the payload. Others
/// come from protocol files.
///
/// The size of a header may differ from chunk to chunk, so it is asked for, never assumed.
///
/// Source: chunk(5), FORMAT; chunk-protocol(5), FRAMING
struct framing {
  /// Outlives the framing. nullptr: the chunk framing, whose functions are called directly.
  const framing_definition* definition = nullptr;

  /// Whose stream it is, where the sides begin differently.
  stream_side side = stream_side::unknown;

  bool operator==(const framing&) const = default;

  /// The same framing for the stream of one side.
  framing of(stream_side whose) const { return {definition, whose}; }

  /// What the IDs are; nullptr: four bytes.
  const id_form* ids() const noexcept;

  /// Reads the header that `bytes` begin with; more bytes may follow it. `opens`: it is the first
  /// one of a client's stream.
  header_reading read_header(std::span<const std::byte> bytes, bool opens = false) const noexcept;

  /// Bytes of the largest header.
  std::size_t largest_header() const noexcept;

  /// Bytes that write_header() writes.
  std::size_t header_size(const header& value) const;

  /// Writes a header into the front of `out`, which holds at least header_size() bytes.
  void write_header(const header& value, std::span<std::byte> out) const;

  /// Says whether some length can declare a payload of that size.
  bool can_declare(const header& value) const;

  /// Bytes of the chunk with the header `front`, which has to be whole; no_limit if there may be
  /// more, or if it is open.
  std::uint64_t chunk_size(const header_reading& front) const noexcept {
    return limited_sum(limited_sum(front.head.length, front.size), front.tail);
  }

  /// The greatest number that the length of a chunk can be.
  std::uint64_t greatest_length(const id& of) const noexcept;

  /// The fields of a header, in its order; with an empty `front`, their defaults. They borrow from
  /// both. A `front` that is not the whole header of a chunk with this ID has none.
  std::vector<header_field> fields(const header& value) const;

  /// Reads the value of a field of a chunk with the ID `of`.
  ///
  /// Errors: errc::bad_notation, also where there is no field of that name
  result<field_setting> parse_field(const id& of, std::string_view name,
                                    std::string_view text) const;

  /// Says whether the header of a chunk with the ID `of` has fields.
  bool has_fields(const id& of) const noexcept;

  /// Says whether a chunk shows in the midst of other bytes: by its ID, or by bytes that are in
  /// each header.
  bool is_recognizable() const noexcept;

  /// Bytes before the first chunk of a side: these or, where `bytes` is empty, any `count` ones.
  struct preamble {
    std::span<const std::byte> bytes;
    std::size_t count = 0;

    /// Says whether a stream that begins with it may begin with `front`.
    bool fits(std::span<const std::byte> front) const;
  };
  preamble start() const noexcept;

  /// Levels of containers.
  std::size_t depth() const noexcept;
};

/// Finds out whose stream begins with `bytes`, where the two sides start differently.
///
/// Returns: the framing for that side, or `how` if its side is known or the start does not tell;
///          nullopt if more bytes are needed, unless the stream has `ended`
std::optional<framing> find_side(const framing& how, std::span<const std::byte> bytes, bool ended);

/// A whole chunk that borrows its payload.
struct chunk_view {
  chunk::id id;
  std::span<const std::byte> payload;
  std::span<const std::byte> front{};  ///< its header, see header::front
};

/// A whole chunk with its place in a stream or container.
struct placed_chunk : chunk_view {
  std::uint64_t offset = 0;           ///< stream offset of its header
  std::size_t header_size = 0;        ///< bytes
  std::span<const std::byte> tail{};  ///< trailer and padding

  /// Stream offset of its payload.
  std::uint64_t payload_offset() const { return offset + header_size; }

  /// Bytes of the chunk with its header.
  std::uint64_t size() const { return header_size + payload.size() + tail.size(); }
};

/// Gives the wire form of a header.
std::vector<std::byte> encode(const header& value, const framing& how = {});

/// Writes a chunk into the front of `out` and gives the number of bytes written.
///
/// Shape: `out` holds at least encoded_size() bytes; some length can declare the payload
std::size_t encode(const chunk_view& value, std::span<std::byte> out, const framing& how = {});

/// Gives the number of bytes that encode() writes.
std::size_t encoded_size(const chunk_view& value, const framing& how = {});

/// Appends the wire form of a chunk, or of a header alone, to `out`.
void append(std::vector<std::byte>& out, const chunk_view& value, const framing& how = {});
void append(std::vector<std::byte>& out, const header& value, const framing& how = {});

/// What a piece of a stream is.
enum class fragment_kind : std::uint8_t {
  chunk,     ///< of a chunk
  preamble,  ///< what stands before the first chunk, whole; the payload has it
  stray,     ///< bytes in a container that are not a chunk
};

/// A piece of one chunk as the decoder gives it: the chunk begins, continues or ends with it.
///
/// Shape: the spans borrow the decoder's input or its memory, and may be empty
struct fragment {
  header head;  ///< the chunk's header, the same in each of its fragments; of stray bytes, what
                ///< they declare if they begin with a header
  std::uint64_t offset = 0;  ///< stream offset of the header of the chunk, or of these bytes
  std::span<const std::byte> payload;
  bool begins = false;
  bool ends = false;
  fragment_kind kind = fragment_kind::chunk;
  bool open = false;           ///< of a chunk whose payload is all that follows, see header::length
  bool enters = false;         ///< its subchunks follow, each as chunks one level deeper
  bool leaves = false;         ///< it ends a chunk whose subchunks came
  bool wrong_trailer = false;  ///< it ends the chunk, and the trailer is not as it should be
  bool wrong_padding = false;  ///< the same of the padding
  std::uint16_t level = 0;     ///< 0 outside containers
  std::size_t header_size = 8;  ///< bytes; unless a decoder says otherwise, of the chunk framing
  std::span<const std::byte> tail{};  ///< trailer and padding, if the chunk ends
  std::uint64_t declared = 0;  ///< the length as it stands in the header; not in the chunk framing

  /// Stream offset of the payload of the chunk.
  std::uint64_t payload_offset() const { return offset + header_size; }

  /// Bytes of the chunk with its header, and with what follows the payload if the chunk ends;
  /// no_limit if there may be more, or if it is open.
  std::uint64_t chunk_size() const {
    return limited_sum(limited_sum(head.length, header_size), tail.size());
  }

  /// The whole chunk. The fragment has to begin and end it.
  placed_chunk placed() const {
    return {{head.id, payload, head.front}, offset, header_size, tail};
  }
};

class framed_decoder;

/// Owns a framed_decoder, which only the library knows. std::unique_ptr would need <memory>, a
/// quarter of what a program compiles that includes this header.
class framed_decoder_owner {
 public:
  explicit framed_decoder_owner(framed_decoder* owned) : owned_(owned) {}
  framed_decoder_owner(framed_decoder_owner&& other) noexcept
      : owned_(std::exchange(other.owned_, nullptr)) {}
  framed_decoder_owner& operator=(framed_decoder_owner&& other) noexcept {
    std::swap(owned_, other.owned_);
    return *this;
  }
  ~framed_decoder_owner();

  explicit operator bool() const { return owned_ != nullptr; }
  framed_decoder* operator->() const { return owned_; }

 private:
  framed_decoder* owned_;
};

/// Divides a stream into chunks, in whatever pieces it comes. Owned by one reader; not reusable
/// after an error.
///
/// Joining the payloads of the fragments gives the same chunks for every way to split the input.
class decoder {
 public:
  /// Refuses payloads above `max_payload` bytes as soon as their header has come, and those of open
  /// length as soon as more bytes have. In the chunk framing max_length is as good as no_limit.
  explicit decoder(std::uint64_t max_payload = no_limit, const framing& how = {});

  /// Takes the next fragment from the front of `input` into `out`, which is as it was made or as
  /// this decoder has left it. Never gives the same bytes twice.
  ///
  /// Returns: false if it needs more bytes; all of `input` was taken then
  /// Errors:  errc::too_large, before any payload of that chunk unless its length is open, and
  ///          errc::violation for bytes that are not a header; again on every further call
  result<bool> next(std::span<const std::byte>& input, fragment& out);

  /// Takes the next chunk into `out`, as next() does, if all of it is in `input` and it has at most
  /// `most` bytes of payload. Then it is given in one step, without an error to look for. Most
  /// chunks are such.
  ///
  /// Returns: false if next() has to be asked; nothing was taken then
  bool take_whole(std::span<const std::byte>& input, fragment& out, std::uint64_t most) noexcept;

  /// Tells it that no bytes follow those that next() has taken. next() then gives, without input,
  /// what ends with the stream: chunks of open length, and a last one without its padding.
  void end();

  /// Says whether the stream may end here, between two chunks.
  ///
  /// Errors: errc::truncated; the detail names offset, ID, declared and available bytes. After an
  ///         error of next() the same error again
  result<void> finish() const;

  /// Reads the header that comes next, between two chunks, without taking it.
  header_reading peek(std::span<const std::byte> input) const;

  /// Makes the chunk that the last fragment has begun, and not ended, a container: what follows are
  /// its subchunks, divided by `inner`. The payload so far stands before them. Not for the chunk
  /// framing.
  void enter(const framing& inner);

  /// Says why the last fragment is stray. Not for the chunk framing, which has no stray bytes.
  const error& stray_reason() const;

  /// Counts raw bytes that the owner took between two chunks. In a container, they end with it at
  /// the latest.
  void skip(std::uint64_t count);

  /// Counts payload bytes of the current chunk that the owner skipped, fewer than remaining(), so
  /// that some are left to end the chunk. They are in no fragment.
  void skip_payload(std::uint64_t count);

  /// Payload bytes of the current chunk that are still to come, up to one that is refused; 0
  /// between two chunks.
  std::uint64_t remaining() const;

  /// Says whether no byte of the next chunk was taken yet.
  bool between_chunks() const;

  /// Says whether next() has to be asked before peek(): for what stands before the first chunk, or
  /// for the end of a container.
  bool pending() const;

  /// Containers that were entered and not left.
  std::size_t level() const;

  /// Says whether some bytes of what follows a payload were taken, and not all of them.
  bool in_tail() const;

  /// The bytes of an incomplete header, trailer or padding, or of the header that was refused.
  std::span<const std::byte> partial_header() const;

  /// Bytes of the stream taken so far.
  std::uint64_t offset() const;

 private:
  [[gnu::visibility("hidden")]] result<bool> begin(std::span<const std::byte>& input,
                                                   fragment& out);
  [[gnu::visibility("hidden")]] bool take_header(std::span<const std::byte>& input);
  [[gnu::visibility("hidden")]] void take_payload(std::span<const std::byte>& input, fragment& out);
  [[gnu::visibility("hidden")]] error refusal() const;

  framed_decoder_owner framed_;  // none: the chunk framing
  std::uint64_t max_payload_;
  std::uint32_t remaining_ = 0;   // payload bytes of the current chunk that are still to come
  std::uint64_t offset_ = 0;      // stream offset of the next byte
  std::uint64_t begin_ = 0;       // stream offset of the current chunk
  header front_;                  // of the current chunk
  bool refused_ = false;          // whether the current chunk was refused
  std::vector<std::byte> stash_;  // an incomplete or refused header
};

/// Describes a chunk that is larger than allowed: "CMPU at byte 0x19 declares ...".
error too_large(const header& head, std::uint64_t offset, std::uint64_t max_payload);

/// Bytes in the place of a chunk that are not a whole chunk.
struct misfit {
  header_reading front;             ///< the header, possibly incomplete
  std::uint64_t offset = 0;         ///< stream offset of these bytes
  std::span<const std::byte> rest;  ///< the bytes from there on

  /// Says what is wrong with it: "truncated at byte 0x19: CMPU declares ...".
  ///
  /// Returns: errc::truncated, or errc::violation if they are not a header
  error why() const;
};

/// Takes the chunk at the front of `bytes`, which starts at `offset` in its stream, into `out`, and
/// moves both to the end of the chunk.
///
/// Returns: false if there is no whole chunk
bool take_chunk(const framing& how, std::span<const std::byte>& bytes, std::uint64_t& offset,
                placed_chunk& out) noexcept;

/// Describes the bytes for which take_chunk() has returned false.
misfit describe_misfit(const framing& how, std::span<const std::byte> bytes,
                       std::uint64_t offset) noexcept;

/// Calls `visit(const placed_chunk&)` for each of the chunks that `bytes` consist of, in order,
/// until it gives false. `offset` is where the bytes start in their stream.
///
/// Shape:   the chunks borrow from `bytes`
/// Returns: what follows the last whole chunk where the chunks do not fill `bytes`
template <class Visit>
std::optional<misfit> for_each_chunk(const framing& how, std::span<const std::byte> bytes,
                                     std::uint64_t offset, const Visit& visit) {
  placed_chunk each;
  while (!bytes.empty()) {
    if (!take_chunk(how, bytes, offset, each)) return describe_misfit(how, bytes, offset);
    if (!visit(each)) break;
  }
  return std::nullopt;
}

/// Splits a payload into the chunks that it consists of, in order. `offset` is where the payload
/// starts in its stream.
///
/// Shape:  the chunks borrow from `payload`; an empty payload has no subchunks
/// Errors: errc::malformed unless the subchunks fill the payload exactly
/// Source: chunk(5), SUBCHUNKS
result<std::vector<placed_chunk>> split(std::span<const std::byte> payload,
                                        std::uint64_t offset = 0, const framing& how = {});

}  // namespace chunk
