// Bytes that are gathered piece by piece, however many they are.
#pragma once

#include "io/spool.hpp"

#include <chunk/framing.hpp>
#include <chunk/notation.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace tools::script {

/// Gathers bytes in memory or, once there are many, in a temporary file, which takes no memory that
/// the system could not use otherwise.
class gathered_bytes {
 public:
  gathered_bytes() = default;
  gathered_bytes(const gathered_bytes&) = delete;
  gathered_bytes& operator=(const gathered_bytes&) = delete;

  /// The most bytes that are gathered in memory. Chosen: few scripts have as many.
  static constexpr std::size_t most_in_memory = 1024 * 1024;

  /// Throws: spool_failure, for instance if the disk is full
  void append(std::span<const std::byte> bytes);

  /// Appends all that an image stands for.
  ///
  /// Throws: spool_failure
  void append(const chunk::image& from);

  /// Gives the bytes. Nothing else may be called afterwards.
  ///
  /// Throws: spool_failure
  chunk::shared_bytes finish();

 private:
  // Only the disk limits what a user's own scripts may hold.
  io::spool_budget budget_{chunk::no_limit};
  std::vector<std::byte> held_;
  std::unique_ptr<io::spool> file_;
};

}  // namespace tools::script
