// Encoded chunks, possibly with a wrong length.
#pragma once

#include "support/bytes.hpp"

#include <chunk/framing.hpp>
#include <chunk/id.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace support {

inline std::string wire(chunk::id id, std::uint32_t length, std::string_view payload) {
  return chars(encode(chunk::header{id, length})) + std::string(payload);
}

inline std::string wire(chunk::id id, std::string_view payload) {
  return wire(id, static_cast<std::uint32_t>(payload.size()), payload);
}

}  // namespace support
