#include "format/summary/length_counts.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace tools::format {
namespace {

/// The number of classes per power of two; as many of the smallest lengths have their own classes.
/// Chosen: the middle of a class is within 1/32 of all lengths in it.
constexpr std::uint64_t steps = 16;
constexpr unsigned step_bits = 4;

/// Of all lengths of 64 bits.
constexpr std::size_t class_count = (64 - step_bits + 1) * steps;

std::size_t class_of(std::uint64_t length) {
  if (length < steps) return length;
  const auto shift = static_cast<unsigned>(std::bit_width(length)) - step_bits - 1;
  return shift * steps + (length >> shift);
}

std::uint64_t middle_of(std::size_t which) {
  if (which < 2 * steps) return static_cast<std::uint64_t>(which);
  const auto shift = which / steps - 1;
  const auto lowest = static_cast<std::uint64_t>(which - shift * steps) << shift;
  return lowest + (std::uint64_t{1} << shift) / 2;
}

}  // namespace

/// Gives the place of a length in the slots, or the free one where it belongs. At least half of
/// them are free.
std::size_t length_counts::find(std::uint64_t length) const {
  const auto mask = slots_.size() - 1;
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;  // spreads multiples, too
  auto at = static_cast<std::size_t>((length * golden) >> 32) & mask;
  while (slots_[at].count != 0 && slots_[at].length != length) at = (at + 1) & mask;
  return at;
}

void length_counts::add_other(std::uint64_t length) {
  const bool first = used_ == 0 && exact();
  least_ = first ? length : std::min(least_, length);
  greatest_ = std::max(greatest_, length);
  if (exact()) {
    if (slots_.empty() || (used_ < most_ && 2 * used_ >= slots_.size())) grow();
    const auto at = find(length);
    if (slots_[at].count != 0 || used_ < most_) {
      if (slots_[at].count++ == 0) ++used_;
      slots_[at].length = length;
      last_ = at;
      return;
    }
    use_classes();
  }
  ++classes_[class_of(length)];
}

void length_counts::grow() {
  constexpr std::size_t at_first = 4;
  const auto before =
      std::exchange(slots_, std::vector<slot>(std::max(at_first, 2 * slots_.size())));
  for (const auto& each : before) {
    if (each.count != 0) slots_[find(each.length)] = each;
  }
  last_ = slots_.size();
}

void length_counts::use_classes() {
  classes_.resize(class_count);
  for (const auto& each : slots_) classes_[class_of(each.length)] += each.count;
  slots_ = {};
}

std::uint64_t length_counts::median() const {
  std::vector<slot> all;
  for (const auto& each : slots_) {
    if (each.count != 0) all.push_back(each);
  }
  for (std::size_t which = 0; which < classes_.size(); ++which) {
    if (classes_[which] != 0) all.push_back({middle_of(which), classes_[which]});
  }
  std::ranges::sort(all, {}, &slot::length);
  std::uint64_t total = 0;
  for (const auto& each : all) total += each.count;
  std::uint64_t seen = 0;
  for (const auto& each : all) {
    seen += each.count;
    if (2 * seen >= total) return std::clamp(each.length, least_, greatest_);
  }
  return 0;
}

}  // namespace tools::format
