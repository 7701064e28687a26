// Wire codec: bytes to events and back. No I/O happens here.
#pragma once

#include <chunk/error.hpp>
#include <chunk/id.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace chunk {

/// Bytes of an ID and a length before every payload; from the format.
inline constexpr std::size_t header_size = 8;

/// The longest payload that a length can declare; from the format.
inline constexpr std::uint32_t max_length = std::numeric_limits<std::uint32_t>::max();

/// What stands before a payload.
struct header {
  chunk::id id;
  std::uint32_t length = 0;  ///< bytes of payload

  bool operator==(const header&) const = default;
};

/// A whole chunk that borrows its payload.
struct chunk_view {
  chunk::id id;
  std::span<const std::byte> payload;
};

/// Gives the wire form of a header, the length little-endian.
///
/// Source: chunk(5), FORMAT
std::array<std::byte, header_size> encode(const header& value) noexcept;

/// Gives the header whose wire form is `bytes`.
header decode_header(std::span<const std::byte, header_size> bytes) noexcept;

/// Writes a chunk into the front of `out` and gives the number of bytes written.
///
/// Shape: `out` holds at least header_size + payload.size() bytes; a payload is at most max_length
std::size_t encode(const chunk_view& value, std::span<std::byte> out) noexcept;

/// A piece of one chunk as the decoder meets it: the chunk begins, goes on, or ends with it.
///
/// Shape: `payload` borrows the decoder's input and may be empty
struct fragment {
  header head;               ///< the chunk's header, the same in each of its parts
  std::uint64_t offset = 0;  ///< where in the stream the chunk's ID starts
  std::span<const std::byte> payload;
  bool begins = false;
  bool ends = false;
};

/// Takes a stream apart, however it is cut into pieces. Owned by one reader; not reusable after an
/// error.
///
/// Joining the payloads of the parts gives the same chunks for every way to cut the input.
class decoder {
 public:
  /// Refuses payloads above `max_payload` bytes as soon as their header is there.
  explicit decoder(std::uint32_t max_payload = max_length) : max_payload_(max_payload) {}

  /// Takes the next part from the front of `input` into `out`. False: it needs more bytes than
  /// there are, and `input` is empty. Never gives the same bytes twice.
  ///
  /// Errors: errc::too_large, before any payload of that chunk; again on every further call
  result<bool> next(std::span<const std::byte>& input, fragment& out);

  /// Says whether the stream may end here, between two chunks.
  ///
  /// Errors: errc::truncated; the detail names offset, ID, declared and available bytes. After
  ///         errc::too_large that again
  result<void> finish() const;

  /// Counts bytes that the owner took from between two chunks as they are.
  void skip(std::uint64_t count) { offset_ += count; }

  /// Counts payload bytes of the chunk under way that the owner passed over, fewer than
  /// remaining(): some are left to end the chunk. They are in no part.
  void skip_payload(std::uint32_t count);

  /// Payload bytes of the chunk under way that are still to come; 0 between two chunks.
  std::uint32_t remaining() const { return remaining_; }

  /// Says whether nothing of the next chunk was taken yet.
  bool between_chunks() const { return !inside_ && stashed_ == 0; }

  /// What is there of a header that is not whole, or the header that was refused.
  std::span<const std::byte> partial_header() const { return std::span(stash_).first(stashed_); }

  /// Bytes of the stream taken so far.
  std::uint64_t offset() const { return offset_; }

 private:
  std::uint32_t max_payload_;
  std::array<std::byte, header_size> stash_{};  // a header that came in pieces
  std::size_t stashed_ = 0;
  bool inside_ = false;
  header head_;
  std::uint64_t begin_ = 0;      // stream offset of the present chunk
  std::uint64_t offset_ = 0;     // stream offset of the next byte
  std::uint32_t remaining_ = 0;  // payload bytes not seen yet
};

/// Describes a chunk that is larger than allowed: "CMPU at byte 0x19 declares ...".
error too_large(const header& head, std::uint64_t offset, std::uint32_t max_payload);

/// Splits a payload into the chunks that it consists of, in order. `offset` is where the payload
/// stands in its stream, for the error.
///
/// Shape:  the views borrow from `payload`; an empty payload has no subchunks
/// Errors: errc::malformed unless the subchunks fill the payload exactly
/// Source: chunk(5), SUBCHUNKS
result<std::vector<chunk_view>> split(std::span<const std::byte> payload, std::uint64_t offset = 0);

}  // namespace chunk
