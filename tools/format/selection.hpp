// Which chunks and subchunks chunk-dump shows.
#pragma once

#include <chunk/id.hpp>

#include <optional>
#include <string>
#include <vector>

namespace tools::format {

/// The IDs of --only and --skip, each of a chunk (`CMPU`) or of a subchunk (`CMPU/OPND`).
class selection {
 public:
  selection() = default;

  /// Throws: failure with errc::bad_id
  selection(const std::vector<std::string>& only, const std::vector<std::string>& skip);

  /// Says whether to show a chunk. It is also shown for the sake of a subchunk in it.
  bool takes(const chunk::id& id) const;

  /// Says whether to show a subchunk of a chunk that is shown.
  bool takes(const chunk::id& container, const chunk::id& subchunk) const;

  /// Says whether what is shown depends on subchunks.
  bool names_subchunks() const;

  /// Says whether everything is shown.
  bool takes_all() const { return only_.empty() && skip_.empty(); }

  /// Says whether a chunk that takes() names is shown only for the sake of subchunks, and so not
  /// without any.
  bool needs_subchunk(const chunk::id& id) const;

 private:
  struct path {
    chunk::id chunk;
    std::optional<chunk::id> subchunk;
  };

  static path parse_path(const std::string& text);

  std::vector<path> only_;
  std::vector<path> skip_;
};

}  // namespace tools::format
