#include "script/language/assignment.hpp"
#include "support/random_streams.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

using tools::script::acceptance;
using tools::script::assign;

namespace {

constexpr auto free_of_charge = [](std::size_t) {};

/// Tries everything.
bool possible(const acceptance& from, std::size_t at, std::size_t patterns,
              std::vector<bool>& taken) {
  if (at == patterns) return true;
  for (const auto each : from.accepted[from.kinds[at]]) {
    if (taken[each]) continue;
    taken[each] = true;
    const bool rest = possible(from, at + 1, patterns, taken);
    taken[each] = false;
    if (rest) return true;
  }
  return false;
}

acceptance random_acceptance(support::generator& random, std::size_t subchunks) {
  acceptance out;
  out.accepted.resize(1 + support::below(random, 4));
  for (auto& each : out.accepted) {
    for (std::uint32_t at = 0; at < subchunks; ++at) {
      if (support::below(random, 3) == 0) each.push_back(at);
    }
  }
  out.kinds.resize(1 + support::below(random, 6));
  for (auto& each : out.kinds) each = support::below(random, out.accepted.size());
  return out;
}

}  // namespace

TEST_CASE("an assignment is found whenever there is one, and gives each subchunk away once") {
  constexpr std::uint64_t seed = 11;
  CAPTURE(seed);
  support::generator random(seed);
  for (int round = 0; round < 5000; ++round) {
    CAPTURE(round);
    const std::size_t subchunks = 1 + support::below(random, 7);
    const auto from = random_acceptance(random, subchunks);
    for (std::size_t patterns = 1; patterns <= from.kinds.size(); ++patterns) {
      CAPTURE(patterns);
      std::vector<bool> taken(subchunks);
      const auto found = assign(from, patterns, subchunks, free_of_charge);
      REQUIRE(found.has_value() == possible(from, 0, patterns, taken));
      if (!found) continue;
      REQUIRE(found->size() == patterns);
      CHECK(std::set(found->begin(), found->end()).size() == patterns);
      for (std::size_t at = 0; at < patterns; ++at) {
        CHECK(std::ranges::count(from.accepted[from.kinds[at]], (*found)[at]) == 1);
        const auto* const next =
            std::find(&from.kinds[at] + 1, from.kinds.data() + patterns, from.kinds[at]);
        if (next == from.kinds.data() + patterns) continue;
        CHECK((*found)[at] < (*found)[static_cast<std::size_t>(next - from.kinds.data())]);
      }
    }
  }
}

TEST_CASE("a long path to a free subchunk takes no stack") {
  constexpr std::size_t count = 200'000;
  acceptance from;
  // The patterns can move only all together: each accepts its own subchunk and the next one.
  for (std::uint32_t at = 0; at < count; ++at) {
    from.kinds.push_back(at);
    from.accepted.push_back({at, at + 1});
  }
  from.kinds.push_back(count);
  from.accepted.push_back({0, 1});
  const auto found = assign(from, count + 1, count + 1, free_of_charge);
  REQUIRE(found);
  CHECK(std::set(found->begin(), found->end()).size() == count + 1);
}
