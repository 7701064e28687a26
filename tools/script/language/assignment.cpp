#include "script/language/assignment.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace tools::script {
namespace {

constexpr auto unassigned = std::numeric_limits<std::size_t>::max();

/// Assigns patterns one after the other. A pattern that finds all of its subchunks taken has others
/// change theirs, along the shortest such path.
class assigner {
 public:
  assigner(const acceptance& from, std::size_t subchunks, const effort& spend)
      : from_(from),
        spend_(spend),
        owners_(subchunks, unassigned),
        chosen_(from.kinds.size(), unassigned),
        next_(from.accepted.size()),
        searched_(from.accepted.size(), unassigned),
        seen_(subchunks, unassigned),
        through_(subchunks, unassigned) {}

  /// Returns: false if there is no subchunk for this pattern in addition to those placed before
  bool place(std::size_t pattern) { return take_free(pattern) || rearrange(pattern); }

  /// The subchunk of each pattern.
  std::vector<std::size_t> take_chosen() { return std::move(chosen_); }

 private:
  const std::vector<std::uint32_t>& accepted(std::size_t pattern) const {
    return from_.accepted[from_.kinds[pattern]];
  }

  void give(std::size_t pattern, std::size_t subchunk) {
    owners_[subchunk] = pattern;
    chosen_[pattern] = subchunk;
  }

  /// Takes the first free subchunk. A subchunk that is taken never becomes free again.
  bool take_free(std::size_t pattern) {
    const auto& choice = accepted(pattern);
    auto& next = next_[from_.kinds[pattern]];
    const auto begin = next;
    while (next < choice.size() && owners_[choice[next]] != unassigned) ++next;
    spend_(next - begin + 1);
    if (next == choice.size()) return false;
    give(pattern, choice[next]);
    return true;
  }

  /// Searches breadth first for a path to a free subchunk. What one pattern of a kind has searched
  /// is not searched for another one.
  bool rearrange(std::size_t pattern) {
    std::vector<std::size_t> queue{pattern};
    searched_[from_.kinds[pattern]] = pattern;
    for (std::size_t at = 0; at < queue.size(); ++at) {
      const auto& choice = accepted(queue[at]);
      spend_(choice.size());
      for (const auto subchunk : choice) {
        if (seen_[subchunk] == pattern) continue;
        seen_[subchunk] = pattern;
        through_[subchunk] = queue[at];
        const auto owner = owners_[subchunk];
        if (owner == unassigned) {
          shift(subchunk);
          return true;
        }
        auto& searched = searched_[from_.kinds[owner]];
        if (searched == pattern) continue;
        searched = pattern;
        queue.push_back(owner);
      }
    }
    return false;
  }

  /// Gives each pattern on the path to a free subchunk the next one on it.
  void shift(std::size_t subchunk) {
    while (subchunk != unassigned) {
      const auto pattern = through_[subchunk];
      const auto left = chosen_[pattern];
      give(pattern, subchunk);
      subchunk = left;
    }
  }

  const acceptance& from_;
  const effort& spend_;
  std::vector<std::size_t> owners_;    // of each subchunk
  std::vector<std::size_t> chosen_;    // by each pattern
  std::vector<std::size_t> next_;      // of each kind: what is before it is taken
  std::vector<std::size_t> searched_;  // of each kind: the pattern whose search was there last
  std::vector<std::size_t> seen_;      // of each subchunk: the same
  std::vector<std::size_t> through_;   // of each subchunk: the pattern that the search came from
};

/// Puts the subchunks of the patterns of each kind into the order of the patterns.
void sort_within_kinds(const acceptance& from, std::vector<std::size_t>& chosen) {
  std::vector<std::vector<std::size_t>> members(from.accepted.size());
  for (std::size_t at = 0; at < chosen.size(); ++at) members[from.kinds[at]].push_back(at);
  for (const auto& each : members) {
    std::vector<std::size_t> held;
    for (const auto pattern : each) held.push_back(chosen[pattern]);
    std::ranges::sort(held);
    for (std::size_t at = 0; at < each.size(); ++at) chosen[each[at]] = held[at];
  }
}

}  // namespace

std::optional<std::vector<std::size_t>> assign(const acceptance& from, std::size_t patterns,
                                               std::size_t subchunks, const effort& spend) {
  // The ones with the least choice first, so that little has to be changed again.
  std::vector<std::size_t> order(patterns);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t each) {
    return std::pair(from.accepted[from.kinds[each]].size(), each);
  });
  assigner placing(from, subchunks, spend);
  const bool placed =
      std::ranges::all_of(order, [&](std::size_t each) { return placing.place(each); });
  if (!placed) return std::nullopt;
  auto out = placing.take_chosen();
  out.resize(patterns);
  sort_within_kinds(from, out);
  return out;
}

}  // namespace tools::script
