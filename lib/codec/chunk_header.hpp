// The header of the chunk framing: an ID of four bytes and a length. Internal to the library.
#pragma once

#include "byte_order.hpp"

#include <chunk/id.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace chunk {

// The chunk framing. Source: chunk(5), FORMAT
inline constexpr std::size_t chunk_id_size = 4;
inline constexpr std::size_t chunk_length_size = sizeof(std::uint32_t);
inline constexpr std::size_t chunk_header_size = chunk_id_size + chunk_length_size;

/// The bytes of an ID that the chunk framing has; all others are zero.
inline void load_chunk_id(std::span<const std::byte, chunk_header_size> bytes, id& out) noexcept {
  std::copy_n(bytes.begin(), chunk_id_size, out.bytes.begin());
}

inline std::uint32_t load_chunk_length(
    std::span<const std::byte, chunk_header_size> bytes) noexcept {
  return load_little_endian<std::uint32_t>(bytes.last<chunk_length_size>());
}

/// The length of the payload of the chunk that `bytes` begin with. nullopt: it is not whole, or
/// longer than `most`. Inline: it is asked for every chunk.
inline std::optional<std::uint32_t> length_if_whole(std::span<const std::byte> bytes,
                                                    std::uint64_t most) noexcept {
  if (bytes.size() < chunk_header_size) return std::nullopt;
  const auto length = load_chunk_length(bytes.first<chunk_header_size>());
  if (length > bytes.size() - chunk_header_size || length > most) return std::nullopt;
  return length;
}

}  // namespace chunk
