// What is wrong with a stream, in words. Internal to the library.
#pragma once

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#pragma GCC visibility push(hidden)
namespace chunk {

/// An ID as messages name it.
std::string name_of(const id& value);

/// A header of which only `there` bytes are there.
error truncated_header(const header_reading& front, std::uint64_t offset, std::size_t there);

/// A chunk of whose payload only `there` bytes are there.
error truncated_payload(const header& head, std::uint64_t offset, std::uint64_t there);

/// Why the last `left` bytes of a container, which begin with `bytes`, are not a chunk.
std::string misfit_reason(const header_reading& front, std::uint64_t left,
                          std::span<const std::byte> bytes);

/// Why a container of `there` bytes has no subchunks if `size` bytes precede them.
std::string prefix_reason(std::size_t size, std::size_t there);

/// What errors about bytes in a container begin with: "in RIFF at byte 0xc: ".
std::string place_in(const id& container, std::uint64_t offset);

/// A chunk whose payload is there, and not all that follows it.
error truncated_tail(const id& value, std::uint64_t offset);

/// Says what is missing of a chunk with a whole header, of which `there` bytes are there: payload,
/// or what follows it.
std::string missing_part(const header_reading& front, std::uint64_t there);
error truncated_chunk(const header_reading& front, std::uint64_t offset, std::uint64_t there);

/// A chunk of open length with more bytes of payload than allowed.
error too_long(const header& head, std::uint64_t offset, std::uint64_t max_payload);

/// Bytes that are not the beginning of a header.
error no_header(std::span<const std::byte> bytes, std::uint64_t offset);

}  // namespace chunk
#pragma GCC visibility pop
