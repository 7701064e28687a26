// Wire codec: bytes to events and back. No I/O happens here.
#pragma once

#include <chunk/error.hpp>
#include <chunk/id.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace chunk {

/// The longest payload that a length can declare; from the format.
inline constexpr std::uint32_t max_length = std::numeric_limits<std::uint32_t>::max();

/// What stands before a payload.
struct header {
  chunk::id id;
  std::uint32_t length = 0;  ///< bytes of payload

  bool operator==(const header&) const = default;
};

/// What the front of some bytes is when it is read as a header.
struct header_reading {
  enum class state : std::uint8_t {
    whole,
    partial,    ///< the bytes end inside the header
    malformed,  ///< no header begins like that
  };

  state is = state::partial;
  std::uint8_t id_size = 0;  ///< bytes of the ID that are there, also of a partial header
  std::uint16_t size = 0;  ///< bytes of the header. Partial: as many as it has at least, more than
                           ///< are there. Malformed: as many as show it
  header head;             ///< of a partial header only those bytes of the ID
};

/// The functions that read and write one kind of header.
struct header_format {
  std::size_t largest = 0;  ///< bytes of the largest header
  header_reading (*read)(std::span<const std::byte> bytes) noexcept = nullptr;
  std::size_t (*size)(const header& value) noexcept = nullptr;
  void (*write)(const header& value, std::span<std::byte> out) noexcept = nullptr;
};

/// How chunks are told apart in a stream. A small value that is copied freely; one that is made by
/// default is the chunk framing: an ID of 4 bytes, a length of 4 bytes, little-endian, and the
/// payload.
///
/// The size of a header may differ from chunk to chunk, so it is asked for, never assumed.
///
/// Source: chunk(5), FORMAT
struct framing {
  /// nullptr: those of the chunk framing, which then need no indirect call.
  const header_format* headers = nullptr;

  bool operator==(const framing&) const = default;

  /// Reads the header that `bytes` begin with; more may stand behind it.
  header_reading read_header(std::span<const std::byte> bytes) const noexcept;

  /// Bytes of the largest header.
  std::size_t largest_header() const noexcept;

  /// Bytes that write_header() writes.
  std::size_t header_size(const header& value) const noexcept;

  /// Writes a header into the front of `out`, which holds at least header_size() bytes.
  void write_header(const header& value, std::span<std::byte> out) const noexcept;

  /// Bytes of a whole chunk whose header is `front`, which is whole.
  std::uint64_t chunk_size(const header_reading& front) const noexcept {
    return std::uint64_t{front.size} + front.head.length;
  }
};

/// A whole chunk that borrows its payload.
struct chunk_view {
  chunk::id id;
  std::span<const std::byte> payload;
};

/// A whole chunk that stands in a stream or in a container, and where.
struct placed_chunk : chunk_view {
  std::uint64_t offset = 0;     ///< where in the stream its header starts
  std::size_t header_size = 0;  ///< bytes

  /// Where in the stream its payload starts.
  std::uint64_t payload_offset() const { return offset + header_size; }

  /// Bytes of the chunk with its header.
  std::uint64_t size() const { return header_size + payload.size(); }
};

/// Gives the wire form of a header.
std::vector<std::byte> encode(const header& value, const framing& how = {});

/// Writes a chunk into the front of `out` and gives the number of bytes written.
///
/// Shape: `out` holds at least encoded_size() bytes; a payload is at most max_length
std::size_t encode(const chunk_view& value, std::span<std::byte> out,
                   const framing& how = {}) noexcept;

/// Gives the number of bytes that encode() writes.
std::size_t encoded_size(const chunk_view& value, const framing& how = {}) noexcept;

/// Appends the wire form of a chunk, or of a header alone, to `out`.
void append(std::vector<std::byte>& out, const chunk_view& value, const framing& how = {});
void append(std::vector<std::byte>& out, const header& value, const framing& how = {});

/// A piece of one chunk as the decoder meets it: the chunk begins, goes on, or ends with it.
///
/// Shape: `payload` borrows the decoder's input and may be empty
struct fragment {
  header head;               ///< the chunk's header, the same in each of its fragments
  std::uint64_t offset = 0;  ///< where in the stream the chunk's header starts
  std::span<const std::byte> payload;
  bool begins = false;
  bool ends = false;
  std::size_t header_size = 8;  ///< bytes; unless a decoder says otherwise, of the chunk framing

  /// Where in the stream the chunk's payload starts.
  std::uint64_t payload_offset() const { return offset + header_size; }

  /// Bytes of the whole chunk with its header.
  std::uint64_t chunk_size() const { return std::uint64_t{header_size} + head.length; }

  /// The chunk, where the fragment both begins and ends it.
  placed_chunk placed() const { return {{head.id, payload}, offset, header_size}; }
};

/// Takes a stream apart, however it is cut into pieces. Owned by one reader; not reusable after an
/// error.
///
/// Joining the payloads of the fragments gives the same chunks for every way to cut the input.
class decoder {
 public:
  /// Refuses payloads above `max_payload` bytes as soon as their header is there.
  explicit decoder(std::uint32_t max_payload = max_length, const framing& how = {})
      : framing_(how), max_payload_(max_payload) {}

  /// Takes the next fragment from the front of `input` into `out`. False: it needs more bytes than
  /// there are, and `input` is empty. Never gives the same bytes twice.
  ///
  /// Errors: errc::too_large, before any payload of that chunk, and errc::violation for what is no
  ///         header; again on every further call
  result<bool> next(std::span<const std::byte>& input, fragment& out);

  /// Says whether the stream may end here, between two chunks.
  ///
  /// Errors: errc::truncated; the detail names offset, ID, declared and available bytes. After an
  ///         error of next() the same error again
  result<void> finish() const;

  /// Counts bytes that the owner took from between two chunks as they are.
  void skip(std::uint64_t count) { offset_ += count; }

  /// Counts payload bytes of the chunk under way that the owner passed over, fewer than
  /// remaining(): some are left to end the chunk. They are in no fragment.
  void skip_payload(std::uint32_t count);

  /// Payload bytes of the chunk under way that are still to come; 0 between two chunks.
  std::uint32_t remaining() const { return remaining_; }

  /// Says whether nothing of the next chunk was taken yet.
  bool between_chunks() const { return remaining_ == 0 && stash_.empty(); }

  /// What is there of a header that is not whole, or the header that was refused.
  std::span<const std::byte> partial_header() const { return stash_; }

  /// Bytes of the stream taken so far.
  std::uint64_t offset() const { return offset_; }

 private:
  result<bool> begin(std::span<const std::byte>& input, fragment& out);
  bool take_header(std::span<const std::byte>& input);
  void take_payload(std::span<const std::byte>& input, fragment& out);
  error refusal() const;

  framing framing_;
  std::uint32_t max_payload_;
  std::uint32_t remaining_ = 0;   // payload bytes of the present chunk that are not seen yet
  std::uint64_t offset_ = 0;      // stream offset of the next byte
  std::uint64_t begin_ = 0;       // stream offset of the present chunk
  header_reading front_;          // of the present chunk
  bool refused_ = false;          // the present chunk
  std::vector<std::byte> stash_;  // a header that is not whole, or was refused
};

/// Describes a chunk that is larger than allowed: "CMPU at byte 0x19 declares ...".
error too_large(const header& head, std::uint64_t offset, std::uint32_t max_payload);

/// What stands where a chunk should, and is none that is whole.
struct misfit {
  header_reading front;             ///< its header, or what there is of it
  std::uint64_t offset = 0;         ///< where in the stream it starts
  std::span<const std::byte> rest;  ///< the bytes from there on

  /// Says what is wrong with it: "truncated at byte 0x19: CMPU declares ...".
  ///
  /// Returns: errc::truncated; errc::violation for what is no header
  error why() const;
};

/// Takes the chunk at the front of `bytes`, which starts at `offset` in its stream, into `out`, and
/// moves both behind it. False: none is whole there.
bool take_chunk(const framing& how, std::span<const std::byte>& bytes, std::uint64_t& offset,
                placed_chunk& out) noexcept;

/// Describes what take_chunk() did not take.
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
