// The checksum of PNG, gzip and Ethernet. Internal to the library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#pragma GCC visibility push(hidden)
namespace chunk {

/// Adds bytes to a CRC-32; the one of no bytes is 0.
///
/// Source: PNG specification, annex D
std::uint32_t crc32(std::uint32_t before, std::span<const std::byte> bytes) noexcept;

}  // namespace chunk
#pragma GCC visibility pop
