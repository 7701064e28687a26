// A framing as a protocol file describes it. Internal to the library.
#pragma once

#include "header_layout.hpp"
#include "wire_number.hpp"

#include <chunk/framing.hpp>
#include <chunk/id.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace chunk {

/// What a length counts.
enum class counting : std::uint8_t {
  payload,
  after,   ///< all that follows the length
  length,  ///< the length itself and all that follows it
  all,     ///< the whole chunk
};

/// Bytes before the first chunk: these, or any ones, as many as `count`.
struct start_bytes {
  std::vector<std::byte> bytes;
  std::size_t count = 0;

  std::size_t size() const { return bytes.empty() ? count : bytes.size(); }
  bool operator==(const start_bytes&) const = default;
};

/// Everything that tells the chunks of a stream apart. It does not change once it is made, and IDs
/// point into it.
///
/// Source: chunk-protocol(5), FRAMING
struct framing_definition {
  /// A length of an ID with a meaning of its own.
  struct id_length {
    chunk::id id;
    std::uint64_t length = 0;
  };

  enum class trailer_kind : std::uint8_t { none, crc32, literal };

  header_layout header;
  std::optional<header_layout> opening;  ///< of the client's first chunk
  id_form ids{};
  id_form opening_ids{};
  counting counts = counting::payload;
  std::array<start_bytes, 2> start{};  ///< of the client, of the server
  trailer_kind trailer = trailer_kind::none;
  std::vector<std::byte> trailer_bytes{};  ///< of a literal
  std::uint32_t align = 1;
  std::vector<std::uint64_t> alone{};  ///< lengths of chunks without anything behind their header
  std::vector<std::pair<std::uint64_t, number_type>> large{};  ///< lengths in place of which
                                                               ///< another one follows the
                                                               ///< header, of a type of fixed size
  std::vector<id_length> open{};   ///< lengths that stand for all that follows
  std::uint32_t depth = 1;         ///< levels of containers
  std::vector<chunk::id> known{};  ///< the IDs that occur outside containers

  /// The lengths of chunks that consist of a header, whose items all have one place, and a payload,
  /// where no length has a meaning of its own. nullopt: there is more to a chunk, which read()
  /// finds. Of the opening it says nothing.
  struct plain_lengths {
    std::uint16_t counted = 0;  ///< bytes besides the payload
    std::uint64_t longest = 0;  ///< payload that can be declared
  };
  std::optional<plain_lengths> plain{};

  /// Sets what follows from the rest, once that is made.
  void finish();

  const start_bytes& start_of(stream_side side) const {
    return start[side == stream_side::server ? 1 : 0];
  }

  /// Says whether both sides begin with the same bytes.
  bool starts_alike() const { return start[0] == start[1]; }

  std::size_t trailer_size() const;

  /// Bytes of the longest header.
  std::size_t longest_header() const;

  header_reading read(std::span<const std::byte> bytes, bool opens = false) const noexcept;

  /// Says whether an ID is that of a first chunk with a header of its own.
  bool is_opening(const id& id) const { return opening && id.form == &opening_ids; }

  /// Reads the header that the chunk `id` came with.
  header_reading read_again(const id& id, std::span<const std::byte> front) const noexcept {
    return read(front, is_opening(id));
  }

  /// Says whether its `front` is the whole header of a chunk with that ID or, in the same layout,
  /// of another chunk.
  bool has_front(const chunk::header& value) const noexcept {
    const auto found = read_again(value.id, value.front);
    return found.is == header_reading::state::whole && found.size == value.front.size();
  }

  /// Bytes of padding behind `size` bytes of a chunk.
  std::uint64_t padding(std::uint64_t size) const { return (align - size % align) % align; }

  /// What to write in a header for `payload` bytes: the length, and a second one after it. nullopt:
  /// no length can declare them.
  struct length_value {
    std::uint64_t value = 0;
    std::optional<std::pair<number_type, std::uint64_t>> large;
  };
  std::optional<length_value> length_of(const header_layout& layout, const id& id,
                                        std::uint64_t payload, std::span<const field_setting> set,
                                        std::uint64_t pad) const;

  /// What a length would be that has room for everything and no meaning of its own. nullopt: it
  /// would have more than 64 bits.
  std::optional<std::uint64_t> plain_length(const header_layout& layout, const id& id,
                                            std::uint64_t payload,
                                            std::span<const field_setting> set,
                                            std::uint64_t pad) const;

  /// The layout for a chunk: that of the opening for an ID without bytes where others have some.
  const header_layout& layout_of(const id& id) const { return is_opening(id) ? *opening : header; }

  /// Says whether the header of a chunk is made by writing ID and length in their places.
  bool makes_plain(const chunk::header& value) const noexcept {
    return plain && value.front.empty() && !is_opening(value.id) && value.length <= plain->longest;
  }

  /// Writes such a header into the front of `out`, and nothing follows its payload.
  void write_plain(const chunk::header& value, std::span<std::byte> out) const noexcept {
    header.write_fixed(out, value.id, value.length + plain->counted);
  }

  /// Appends a header that declares `payload` bytes or, with `declared`, says so instead.
  ///
  /// Returns: false if no length can declare them
  bool append_header(std::vector<std::byte>& out, const id& id, std::uint64_t payload,
                     std::optional<std::uint64_t> declared, std::span<const field_setting> set,
                     std::uint64_t pad = 0) const;

  /// Bytes behind a payload of `payload` bytes, given the header of the chunk.
  std::uint64_t tail_size(const id& id, std::span<const std::byte> front,
                          std::uint64_t payload) const;

  /// What has to follow the payload of a chunk with a header: trailer and padding.
  std::vector<std::byte> tail_of(const chunk_view& chunk) const;

  /// The checksum of what the trailer covers of a header, and of a payload behind it. 0 where the
  /// trailer has none.
  std::uint32_t begin_checksum(const id& id, std::span<const std::byte> front) const;
  std::uint32_t add_to_checksum(std::uint32_t sum, std::span<const std::byte> payload) const;
  std::uint32_t checksum_of(const chunk_view& chunk) const {
    return add_to_checksum(begin_checksum(chunk.id, chunk.front), chunk.payload);
  }

  /// The trailer of a chunk with that checksum.
  std::vector<std::byte> trailer_of(std::uint32_t checksum) const;

  /// What follows a payload.
  struct tail_parts {
    std::span<const std::byte> trailer;
    std::span<const std::byte> padding;

    bool has_zero_padding() const;
  };
  tail_parts split_tail(std::span<const std::byte> tail) const;

  /// Says whether `trailer` is that of a chunk with that checksum.
  bool is_trailer(std::span<const std::byte> trailer, std::uint32_t checksum) const;

  bool is_alone(std::uint64_t length) const;
  bool is_open(const id& id, std::uint64_t length) const;

  /// Says whether a length of a chunk with that ID does not say how long the chunk is.
  bool is_special(const id& id, std::uint64_t length) const;

 private:
  std::uint64_t counted(const header_layout::sizes& sizes, std::uint64_t payload, std::uint64_t pad,
                        std::size_t size, std::size_t further) const;
};

}  // namespace chunk
