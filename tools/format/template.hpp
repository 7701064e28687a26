// Templates: what to write for each chunk, as --template gives it.
#pragma once

#include <chunk/error.hpp>
#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tools::format {

/// What is written for each chunk, one piece behind the other.
struct line_template {
  enum class part : std::uint8_t {
    text,  ///< the same for each chunk
    index,
    offset,
    id,
    length,
    time,
    field,
    payload,  ///< this and the next two need all of it, but can take it in fragments
    escaped,
    base64,
    value,  ///< this and the next one need the whole chunk
    subchunk,
  };

  struct piece {
    part kind = part::text;
    std::string text;   ///< what to write, or the name of the part
    chunk::id inner{};  ///< of a subchunk
  };

  std::vector<piece> pieces;

  /// The place of the only piece that takes the payload; the number of pieces if there is none.
  std::size_t payload_at() const;

  /// Says whether a chunk has to be held until it is whole.
  bool holds() const;
};

/// The longest payload that is held for a template, unless --max-chunk says otherwise.
/// Source: chunk-recv(1), --template
inline constexpr std::uint64_t longest_held = 16 * 1024 * 1024;

/// Reads a template, in which %{NAME} stands for a part of a chunk of that protocol, and %nn for a
/// byte.
///
/// Errors: errc::bad_notation; the detail begins with the place
/// Source: chunk-recv(1), --template
chunk::result<line_template> parse_template(std::string_view text, const chunk::protocol& rules);

}  // namespace tools::format
