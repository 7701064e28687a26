// A file read once, for a library that can only open files by name. Internal to the library.
#pragma once

#include <chunk/net/unique_descriptor.hpp>

#include <string>

namespace chunk::net {

/// Holds the contents of a file in memory, under a name by which they can be opened any number of
/// times. A pipe, as of a shell's <(...), can be read only once.
class file_copy {
 public:
  /// What may be read.
  enum class source {
    any,     ///< also a pipe, whose writer has some seconds to write
    regular  ///< only a file that does not have to be waited for
  };

  /// Throws: local_failure about `path`
  file_copy(const std::string& path, source which);

  /// A name for open().
  const std::string& name() const { return name_; }

 private:
  unique_descriptor held_;
  std::string name_;
};

}  // namespace chunk::net
