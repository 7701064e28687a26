// A histogram of durations, which gives quantiles in little memory.
#pragma once

#include <chunk/net/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace tools::send {

/// Counts durations from a nanosecond to centuries, in buckets whose width is at most 1/32 of the
/// duration.
class histogram {
 public:
  void add(chunk::net::duration span);

  std::uint64_t count() const { return count_; }
  chunk::net::duration least() const;
  chunk::net::duration most() const;

  /// The duration that is not exceeded by this share of all durations. Zero if there are none.
  ///
  /// Shape: `share` is from 0 to 1
  chunk::net::duration quantile(double share) const;

  /// A row of a drawing.
  struct row {
    std::string text;
    double share = 0;  ///< of the longest bar
  };

  /// Draws the histogram: one row per power of two.
  std::vector<row> drawing() const;

 private:
  static std::size_t bucket_of(std::uint64_t nanoseconds);
  static std::uint64_t end_of(std::size_t bucket);

  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t least_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t most_ = 0;
};

}  // namespace tools::send
