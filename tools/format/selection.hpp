// Which chunks and subchunks a tool takes.
#pragma once

#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <optional>
#include <string>
#include <vector>

namespace tools::format {

/// The IDs of --only and --skip, each of a chunk (`CMPU`) or of a subchunk (`CMPU/OPND`).
class selection {
 public:
  /// What may be named.
  enum class names { chunks, chunks_and_subchunks };

  selection() = default;

  /// The IDs are those of `rules`, which outlive the selection.
  ///
  /// Throws: failure with errc::bad_id
  selection(const std::vector<std::string>& only, const std::vector<std::string>& skip,
            names allowed = names::chunks_and_subchunks,
            const chunk::protocol& rules = chunk::chunk_protocol());

  /// Says whether to take a chunk, which may be named itself or only by a subchunk.
  bool takes(const chunk::id& id) const;

  /// Says whether to take a subchunk of a chunk or subchunk that is taken.
  bool takes(const chunk::id& container, const chunk::id& subchunk) const;

  /// Says whether what is taken depends on subchunks.
  bool names_subchunks() const;

  /// Says whether everything is taken.
  bool takes_all() const { return only_.empty() && skip_.empty(); }

  /// Says whether a chunk is taken only if it has a subchunk that is taken. takes() is true of it.
  bool needs_subchunk(const chunk::id& id) const;

 private:
  struct path {
    chunk::id chunk;
    std::optional<chunk::id> subchunk;
  };

  static path parse_path(const std::string& text, names allowed, const chunk::protocol& rules);

  std::vector<path> only_;
  std::vector<path> skip_;
};

}  // namespace tools::format
