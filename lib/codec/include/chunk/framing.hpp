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

/// The part of a chunk before its payload.
struct header {
  chunk::id id;
  std::uint32_t length = 0;  ///< bytes of payload

  bool operator==(const header&) const = default;
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
  std::uint16_t size = 0;  ///< bytes of the header. Partial: its minimum size, more than have come.
                           ///< Malformed: the bytes that show it
  header head;             ///< for a partial header only the bytes of the ID that have come
};

/// The functions that read and write one kind of header.
struct header_format {
  std::size_t largest = 0;  ///< bytes of the largest header
  header_reading (*read)(std::span<const std::byte> bytes) noexcept = nullptr;
  std::size_t (*size)(const header& value) noexcept = nullptr;
  void (*write)(const header& value, std::span<std::byte> out) noexcept = nullptr;
};

/// How a stream is divided into chunks. A small value that can be copied freely. The default is the
/// chunk framing: an ID of 4 bytes, a length of 4 bytes, little-endian, and the payload.
///
/// The size of a header may differ from chunk to chunk, so it is asked for, never assumed.
///
/// Source: chunk(5), FORMAT
struct framing {
  /// nullptr: the functions of the chunk framing, which are called directly.
  const header_format* headers = nullptr;

  bool operator==(const framing&) const = default;

  /// Reads the header that `bytes` begin with; more bytes may follow it.
  header_reading read_header(std::span<const std::byte> bytes) const noexcept;

  /// Bytes of the largest header.
  std::size_t largest_header() const noexcept;

  /// Bytes that write_header() writes.
  std::size_t header_size(const header& value) const noexcept;

  /// Writes a header into the front of `out`, which holds at least header_size() bytes.
  void write_header(const header& value, std::span<std::byte> out) const noexcept;

  /// Bytes of the chunk with the header `front`, which has to be whole.
  std::uint64_t chunk_size(const header_reading& front) const noexcept {
    return std::uint64_t{front.size} + front.head.length;
  }
};

/// A whole chunk that borrows its payload.
struct chunk_view {
  chunk::id id;
  std::span<const std::byte> payload;
};

/// A whole chunk with its place in a stream or container.
struct placed_chunk : chunk_view {
  std::uint64_t offset = 0;     ///< stream offset of its header
  std::size_t header_size = 0;  ///< bytes

  /// Stream offset of its payload.
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

/// A piece of one chunk as the decoder gives it: the chunk begins, continues or ends with it.
///
/// Shape: `payload` borrows the decoder's input and may be empty
struct fragment {
  header head;               ///< the chunk's header, the same in each of its fragments
  std::uint64_t offset = 0;  ///< stream offset of the header of the chunk
  std::span<const std::byte> payload;
  bool begins = false;
  bool ends = false;
  std::size_t header_size = 8;  ///< bytes; unless a decoder says otherwise, of the chunk framing

  /// Stream offset of the payload of the chunk.
  std::uint64_t payload_offset() const { return offset + header_size; }

  /// Bytes of the whole chunk with its header.
  std::uint64_t chunk_size() const { return std::uint64_t{header_size} + head.length; }

  /// The whole chunk. The fragment has to begin and end it.
  placed_chunk placed() const { return {{head.id, payload}, offset, header_size}; }
};

/// Divides a stream into chunks, in whatever pieces it comes. Owned by one reader; not reusable
/// after an error.
///
/// Joining the payloads of the fragments gives the same chunks for every way to split the input.
class decoder {
 public:
  /// Refuses payloads above `max_payload` bytes as soon as their header has come.
  explicit decoder(std::uint32_t max_payload = max_length, const framing& how = {})
      : framing_(how), max_payload_(max_payload) {}

  /// Takes the next fragment from the front of `input` into `out`. Never gives the same bytes
  /// twice.
  ///
  /// Returns: false if it needs more bytes; all of `input` was taken then
  /// Errors:  errc::too_large, before any payload of that chunk, and errc::violation for bytes that
  ///          are not a header; again on every further call
  result<bool> next(std::span<const std::byte>& input, fragment& out);

  /// Says whether the stream may end here, between two chunks.
  ///
  /// Errors: errc::truncated; the detail names offset, ID, declared and available bytes. After an
  ///         error of next() the same error again
  result<void> finish() const;

  /// Counts raw bytes that the owner took between two chunks.
  void skip(std::uint64_t count) { offset_ += count; }

  /// Counts payload bytes of the current chunk that the owner skipped, fewer than remaining(), so
  /// that some are left to end the chunk. They are in no fragment.
  void skip_payload(std::uint32_t count);

  /// Payload bytes of the current chunk that are still to come; 0 between two chunks.
  std::uint32_t remaining() const { return remaining_; }

  /// Says whether no byte of the next chunk was taken yet.
  bool between_chunks() const { return remaining_ == 0 && stash_.empty(); }

  /// The bytes of an incomplete header, or of the header that was refused.
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
  std::uint32_t remaining_ = 0;   // payload bytes of the current chunk that are still to come
  std::uint64_t offset_ = 0;      // stream offset of the next byte
  std::uint64_t begin_ = 0;       // stream offset of the current chunk
  header_reading front_;          // the header of the current chunk
  bool refused_ = false;          // whether the current chunk was refused
  std::vector<std::byte> stash_;  // an incomplete or refused header
};

/// Describes a chunk that is larger than allowed: "CMPU at byte 0x19 declares ...".
error too_large(const header& head, std::uint64_t offset, std::uint32_t max_payload);

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
