// Files that are there only once they are whole.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace tools::io {

/// A directory in which files are made, whatever becomes of its name meanwhile.
class directory {
 public:
  /// Throws: local_failure
  explicit directory(std::string path);
  ~directory();
  directory(const directory&) = delete;
  directory& operator=(const directory&) = delete;

  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }

 private:
  std::string path_;
  int descriptor_;
};

/// A file without a name, or with a temporary one where the file system has no others.
class new_file {
 public:
  /// Throws: local_failure
  explicit new_file(const directory& in);
  ~new_file();
  new_file(const new_file&) = delete;
  new_file& operator=(const new_file&) = delete;

  /// Throws: local_failure
  void append(std::span<const std::byte> bytes);

  /// Gives it the name, which is without any slash. A file that has it already stays as it is.
  ///
  /// Throws: local_failure, also when there is such a file
  void publish(const std::string& name);

 private:
  [[noreturn]] void fail(const std::string& name) const;

  const directory& in_;
  std::string temporary_;  // name, if it has one
  int file_;
};

}  // namespace tools::io
