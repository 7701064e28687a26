// How often each length occurs among many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tools::format {

/// Counts lengths for their least, middle and greatest. Exact until there are too many different
/// ones, and then by classes, which bounds the memory whatever is counted.
class length_counts {
 public:
  /// Chosen: 32 KiB for an ID, whose lengths seldom vary more.
  static constexpr std::size_t usual_limit = 1024;

  /// Counts up to `most` different lengths exactly.
  explicit length_counts(std::size_t most = usual_limit) : most_(most) {}

  void add(std::uint64_t length) {
    // Most chunks are as long as the one before with their ID.
    if (last_ < slots_.size() && slots_[last_].length == length) {
      ++slots_[last_].count;
    } else {
      add_other(length);
    }
  }

  /// These are exact. At least one length was added.
  std::uint64_t least() const { return least_; }
  std::uint64_t greatest() const { return greatest_; }

  /// The middle one of all lengths in order, or the lesser one of two. Where it is not exact, it is
  /// within 4 % of the true one.
  std::uint64_t median() const;

  bool exact() const { return classes_.empty(); }

 private:
  struct slot {
    std::uint64_t length = 0;
    std::uint64_t count = 0;  // 0: free
  };

  void add_other(std::uint64_t length);
  std::size_t find(std::uint64_t length) const;
  void grow();
  void use_classes();

  std::size_t most_;
  std::size_t used_ = 0;
  std::size_t last_ = 0;
  std::vector<slot> slots_;             // by a hash; empty once there are classes
  std::vector<std::uint64_t> classes_;  // 16 for each power of two
  std::uint64_t least_ = 0;
  std::uint64_t greatest_ = 0;
};

}  // namespace tools::format
