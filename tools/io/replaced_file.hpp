// A file whose contents are replaced as a whole, so that nobody ever sees a part of them.
#pragma once

#include "io/new_file.hpp"

#include <chunk/net/unique_descriptor.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tools::io {

/// Symbolic links are followed, and an existing file keeps its permissions. What is not a regular
/// file, such as a FIFO, is written to as it is.
class replaced_file {
 public:
  /// Prepares writing, without a change to the file.
  ///
  /// Throws: local_failure if the file could not be written
  explicit replaced_file(std::string path);

  /// Makes `text` the contents of the file, by a rename. Called at most once.
  ///
  /// Throws: local_failure; the file is then as it was
  void write(std::string_view text);

 private:
  void prepare();

  std::string path_;
  std::string name_;  // in its directory
  std::optional<directory> in_;
  std::optional<new_file> made_;
  chunk::net::unique_descriptor special_{-1};  // if it is not a regular file
};

}  // namespace tools::io
