// Files that appear under their name only when they are complete.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <span>
#include <string>

namespace tools::io {

/// A directory in which files are created. It is kept open, so that renaming it does not matter.
class directory {
 public:
  /// `synchronized`: the files in it are on the disk before they have a name, and their names soon
  /// after.
  ///
  /// Throws: local_failure
  explicit directory(std::string path, bool synchronized = false);
  ~directory();
  directory(const directory&) = delete;
  directory& operator=(const directory&) = delete;

  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }
  bool is_synchronized() const { return synchronized_; }

 private:
  std::string path_;
  bool synchronized_;
  int descriptor_;
};

/// A file without a name, or with a temporary name on file systems without unnamed files.
class new_file {
 public:
  /// Throws: local_failure
  explicit new_file(const directory& in);
  ~new_file();
  new_file(const new_file&) = delete;
  new_file& operator=(const new_file&) = delete;

  /// Throws: local_failure
  void append(std::span<const std::byte> bytes);

  /// Gives the file its name, which must not contain a slash, once the system has confirmed that
  /// everything is written. Never replaces an existing file.
  ///
  /// Throws: local_failure, also if a file of that name exists
  void publish(const std::string& name);

  /// The same, but takes the place of the file that had the name before, if there is one.
  ///
  /// Throws: local_failure
  void replace(const std::string& name);

  /// Takes over the permissions of a file and, as far as the system allows, its owner.
  ///
  /// Throws: local_failure
  void take_after(const struct stat& other);

 private:
  [[noreturn]] void fail(const std::string& name) const;
  void confirm(const std::string& name) const;
  bool try_confirm() const noexcept;
  bool link(const std::string& name) const;

  const directory& in_;
  std::string temporary_;  // the temporary name, if there is one
  int file_;
};

}  // namespace tools::io
