// Patterns for expected replies.
#pragma once

#include "script/language/assignment.hpp"
#include "script/language/variables.hpp"
#include "script/report/difference.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace re2 {
class RE2;
}

namespace tools::script {

/// Why a reply does not match.
struct mismatch {
  std::string reason;
  std::optional<difference> bytes;  ///< if single bytes differ
};

struct container_pattern;

/// A pattern for the payload of a chunk or subchunk.
struct value_pattern {
  enum class kind { any, exact, regex, length, capture, container };

  kind type = kind::any;
  std::string text;                              ///< as it was written, or nothing for any
  byte_string contents;                          ///< of exact, unless they are an image's payload
  std::shared_ptr<const chunk::image> repeated;  ///< of exact, with fill=
  std::shared_ptr<const re2::RE2> expression;
  std::uint64_t least = 0;  ///< of length, in bytes
  std::uint64_t most = 0;
  std::string name;                                  ///< of capture
  std::shared_ptr<const container_pattern> inner{};  ///< of container
};

/// What the header of a chunk, and the bytes behind its payload, have to be, beyond the ID. Empty
/// in the chunk framing.
struct header_pattern {
  struct field {
    chunk::field_setting value;
    std::string text;  ///< as it was written
  };

  std::vector<field> fields;
  std::optional<std::uint64_t> declared;          ///< the length as it stands in the header
  std::optional<std::vector<std::byte>> trailer;  ///< nullopt: the right one
  std::optional<std::vector<std::byte>> padding;  ///< nullopt: whatever it is

  bool empty() const { return fields.empty() && !declared && !trailer && !padding; }
};

/// A pattern for a chunk, in the stream or in a container.
struct chunk_pattern {
  std::string text;  ///< as it was written
  chunk::id id;
  header_pattern header;
  value_pattern value;
};

/// A pattern for the payload of a container.
struct container_pattern {
  std::optional<value_pattern> prefix;   ///< what stands before the subchunks
  std::vector<chunk_pattern> subchunks;  ///< without any, they may be whatever they are
};

/// Captured names and their values.
using captured = std::vector<std::pair<std::string, byte_string>>;

/// One expected reply.
class pattern {
 public:
  /// Reads what follows `expect:` or, with `in_order`, `expect,exact:`. `rules` outlives the
  /// pattern.
  ///
  /// Errors: errc::bad_notation, errc::bad_id, and the system's code for a file; `offending` is the
  ///         part of `text` to look at
  /// Source: chunk-script(5), EXPECTATIONS
  static chunk::result<pattern> parse(std::string_view text, bool in_order,
                                      std::string_view& offending,
                                      const chunk::protocol& rules = chunk::chunk_protocol());

  /// Compares a reply. `offset` is the stream offset of its payload. If it matches, its captures
  /// are added, in the order of the reply.
  ///
  /// Throws: what `spend` throws
  std::optional<mismatch> compare(
      const chunk::placed_chunk& reply, std::uint64_t offset, captured& out,
      const effort& spend = [](std::size_t) {}) const;

  /// The names that it captures.
  std::vector<std::string> names() const;

  /// The ID of the chunks that match.
  const chunk::id& id() const { return wanted_.id; }

 private:
  const chunk::protocol* rules_ = nullptr;
  chunk_pattern wanted_;
  bool in_order_ = false;
};

}  // namespace tools::script
