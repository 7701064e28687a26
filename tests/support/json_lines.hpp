// Converts JSON lines as chunk-send does.
#pragma once

#include "format/json/json_reader.hpp"
#include "support/bytes.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// The bytes that `text` describes, read in pieces of at most `piece` bytes, followed by the line
/// and the error if there is one.
inline std::string read_json(std::string_view text, std::size_t piece,
                             std::uint64_t max = chunk::max_length,
                             const chunk::protocol& rules = chunk::chunk_protocol()) {
  tools::format::json_reader reader(max, rules);
  std::vector<std::byte> out;
  chunk::result<void> done;
  while (done && !text.empty()) {
    done = reader.read(text.substr(0, piece), out);
    text.remove_prefix(std::min(piece, text.size()));
  }
  if (done) done = reader.finish(out);
  auto sent = chars(out);
  if (!done) sent += '!' + std::to_string(reader.line()) + ": " + to_text(done.error());
  return sent;
}

}  // namespace support
