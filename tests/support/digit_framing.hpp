// A framing whose headers differ in size, to show who takes a header for 8 bytes: the ID, the
// length in decimal digits with zeros in front or without, and a colon.
#pragma once

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

namespace support {

/// The protocol with that framing. What has it borrows from here.
inline const chunk::protocol& digit_protocol() {
  static const auto made = chunk::value_or_throw(
      chunk::parse_protocol(R"(header = 'id:4 length:digits ":"')", "digits"));
  return made;
}

inline const chunk::framing digit_framing = digit_protocol().framing;

}  // namespace support
