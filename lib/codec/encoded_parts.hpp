// What stands around a payload on the wire. Internal to the library.
#pragma once

#include <chunk/error.hpp>
#include <chunk/notation.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#pragma GCC visibility push(hidden)
namespace chunk {

/// A chunk on the wire without its payload.
struct encoded_parts {
  std::vector<std::byte> header;
  std::vector<std::byte> tail;
};

/// Makes what stands around `size` bytes of payload, which repeated `contents` stand for. The draft
/// says everything but the contents.
///
/// Errors: errc::bad_notation for contents that no length can declare
result<encoded_parts> encode_around(const draft& text, std::span<const std::byte> contents,
                                    std::uint64_t size);

}  // namespace chunk
#pragma GCC visibility pop
