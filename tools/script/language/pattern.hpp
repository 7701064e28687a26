// Patterns for expected replies.
#pragma once

#include "script/language/assignment.hpp"
#include "script/language/variables.hpp"
#include "script/report/difference.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/notation.hpp>

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

/// A pattern for the payload of a chunk or subchunk.
struct value_pattern {
  enum class kind { any, exact, regex, length, capture };

  kind type = kind::any;
  std::string text;                              ///< as it was written, or nothing for any
  byte_string contents;                          ///< of exact, unless they are an image's payload
  std::shared_ptr<const chunk::image> repeated;  ///< of exact, with fill=
  std::shared_ptr<const re2::RE2> expression;
  std::uint64_t least = 0;  ///< of length, in bytes
  std::uint64_t most = 0;
  std::string name;  ///< of capture
};

/// Captured names and their values.
using captured = std::vector<std::pair<std::string, byte_string>>;

/// One expected reply.
class pattern {
 public:
  /// Reads what follows `expect:` or, with `in_order`, `expect,exact:`.
  ///
  /// Errors: errc::bad_notation, errc::bad_id, and the system's code for a file; `offending` is the
  ///         part of `text` to look at
  /// Source: chunk-script(5), EXPECTATIONS
  static chunk::result<pattern> parse(std::string_view text, bool in_order,
                                      std::string_view& offending);

  /// Compares a reply. `offset` is the stream offset of its payload. If it matches, its captures
  /// are added, in the order of the reply.
  ///
  /// Throws: what `spend` throws
  std::optional<mismatch> compare(
      const chunk::chunk_view& reply, std::uint64_t offset, captured& out,
      const effort& spend = [](std::size_t) {}) const;

  /// The names that it captures.
  std::vector<std::string> names() const;

 private:
  struct subchunk {
    chunk::id id;
    value_pattern value;
  };

  chunk::result<void> parse_subchunks(std::string_view text, std::string_view& offending);
  chunk::result<void> parse_whole(std::string_view text, std::string_view contents,
                                  std::string_view& offending);
  std::optional<mismatch> compare_in_order(const std::vector<chunk::placed_chunk>& inner,
                                           captured& out) const;
  std::optional<mismatch> compare_in_any_order(const std::vector<chunk::placed_chunk>& inner,
                                               captured& out, const effort& spend) const;
  acceptance accept(const std::vector<chunk::placed_chunk>& inner, const effort& spend) const;
  mismatch explain_missing(std::size_t missing,
                           const std::vector<chunk::placed_chunk>& inner) const;

  chunk::id id_;
  value_pattern whole_;
  std::vector<subchunk> subchunks_;  // with any, the payload has to consist of subchunks
  bool in_order_ = false;
};

}  // namespace tools::script
