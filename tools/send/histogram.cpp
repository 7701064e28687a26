#include "send/histogram.hpp"

#include "script/language/words.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>

namespace tools::send {
namespace {

/// The number of buckets per power of two. Chosen: an error of 3 % with at most two thousand
/// buckets.
constexpr std::uint64_t buckets_of_power = 32;
constexpr unsigned part_bits = 5;

chunk::net::duration nanoseconds(std::uint64_t count) {
  return std::chrono::duration_cast<chunk::net::duration>(
      std::chrono::nanoseconds(static_cast<std::int64_t>(count)));
}

}  // namespace

std::size_t histogram::bucket_of(std::uint64_t value) {
  if (value < buckets_of_power) return static_cast<std::size_t>(value);
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - part_bits;
  return static_cast<std::size_t>(buckets_of_power * shift + (value >> shift));
}

/// The first value after a bucket.
std::uint64_t histogram::end_of(std::size_t bucket) {
  if (bucket < 2 * buckets_of_power) return bucket + 1;
  const auto shift = bucket / buckets_of_power - 1;
  return (bucket % buckets_of_power + buckets_of_power + 1) << shift;
}

void histogram::add(chunk::net::duration span) {
  const auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(span).count();
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
  const auto bucket = bucket_of(value);
  if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
  ++buckets_[bucket];
  ++count_;
  least_ = std::min(least_, value);
  most_ = std::max(most_, value);
}

chunk::net::duration histogram::least() const {
  return nanoseconds(count_ == 0 ? 0 : least_);
}

chunk::net::duration histogram::most() const {
  return nanoseconds(most_);
}

chunk::net::duration histogram::quantile(double share) const {
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t at = 0; at < buckets_.size(); ++at) {
    seen += buckets_[at];
    if (seen >= rank && seen > 0) return nanoseconds(std::clamp(end_of(at) - 1, least_, most_));
  }
  return {};
}

std::vector<histogram::row> histogram::drawing() const {
  std::vector<std::uint64_t> counts;
  for (std::size_t at = 0; at < buckets_.size(); ++at) {
    const auto power = static_cast<std::size_t>(std::bit_width(end_of(at) - 1));
    if (power >= counts.size()) counts.resize(power + 1);
    counts[power] += buckets_[at];
  }
  std::vector<row> out;
  const auto first = std::ranges::find_if(counts, [](std::uint64_t each) { return each > 0; });
  const auto highest = counts.empty() ? 0 : *std::ranges::max_element(counts);
  for (auto at = first; at != counts.end(); ++at) {
    const auto limit = nanoseconds(std::uint64_t{1} << (at - counts.begin()));
    const auto count = static_cast<double>(*at);
    out.push_back({fmt::format("< {:>8}  {:>9}  {:5.1f} %", script::measured(limit), *at,
                               100.0 * count / static_cast<double>(count_)),
                   count / static_cast<double>(highest)});
  }
  return out;
}

}  // namespace tools::send
