// Bytes held in unnamed files, which disappear with the process, however it ends.
#pragma once

#include <chunk/error.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tools::io {

/// A temporary file failed. Unlike a local_failure it concerns one stream and not all output.
class spool_failure : public chunk::failure {
 public:
  using failure::failure;
  ~spool_failure() override;
};

/// Limits the bytes that all spools together hold.
class spool_budget {
 public:
  explicit spool_budget(std::uint64_t most) : most_(most) {}

  std::uint64_t most() const { return most_; }
  std::uint64_t used() const { return used_; }

  /// Reserves `count` bytes. Returns: false, reserving nothing, if fewer are left.
  bool take(std::uint64_t count);
  void give_back(std::uint64_t count) { used_ -= count; }

 private:
  std::uint64_t most_;
  std::uint64_t used_ = 0;
};

/// A file in $TMPDIR, or else in /tmp, that grows with what is appended.
class spool {
 public:
  /// The budget has to outlive the spool.
  ///
  /// Throws: spool_failure
  explicit spool(spool_budget& budget);
  ~spool();
  spool(const spool&) = delete;
  spool& operator=(const spool&) = delete;

  /// Appends bytes.
  ///
  /// Returns: false, appending nothing, if the budget is exceeded
  /// Throws:  spool_failure, for instance if the disk is full
  bool append(std::span<const std::byte> bytes);

  std::uint64_t size() const { return size_; }

  /// Reads up to `room.size()` bytes from `offset` on, and gives what was read.
  ///
  /// Throws: spool_failure
  std::span<const std::byte> read(std::uint64_t offset, std::span<std::byte> room) const;

  /// The file, for mmap().
  int descriptor() const { return file_; }

 private:
  [[noreturn]] void fail() const;

  spool_budget& budget_;
  std::string directory_;
  int file_;
  std::uint64_t size_ = 0;
};

}  // namespace tools::io
