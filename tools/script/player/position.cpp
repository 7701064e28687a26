#include "script/player/position.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace tools::script {

void position::begin_rounds(std::uint64_t rounds) {
  if (rounds == 0) {
    skip_block();
  } else {
    blocks_.push_back({.begin = at_, .rounds = rounds});
  }
}

void position::begin_named(std::string name) {
  blocks_.push_back({.begin = at_, .rounds = 1, .name = std::move(name)});
}

void position::begin_attempts(const attempts& what) {
  blocks_.push_back({.begin = at_, .rounds = what.most, .pause = what.pause});
}

std::optional<chunk::net::duration> position::try_again() {
  const auto has_more = [](const block& each) { return each.pause && each.round < each.rounds; };
  const auto inner = std::find_if(blocks_.rbegin(), blocks_.rend(), has_more);
  if (inner == blocks_.rend()) return std::nullopt;
  blocks_.erase(inner.base(), blocks_.end());
  auto& again = blocks_.back();
  ++again.round;
  at_ = again.begin + 1;
  return again.pause;
}

void position::end_block() {
  auto& inner = blocks_.back();
  if (!inner.pause && inner.round++ < inner.rounds) {
    at_ = inner.begin;
  } else {
    blocks_.pop_back();
  }
}

std::string position::round() const {
  if (blocks_.empty()) return {};
  const auto named = std::find_if(blocks_.rbegin(), blocks_.rend(),
                                  [](const block& each) { return !each.name.empty(); });
  auto name = named == blocks_.rend() ? std::string() : named->name;
  if (named == blocks_.rbegin()) return name;
  const auto& inner = blocks_.back();
  return fmt::format("{}{}{} {} of {}", name, name.empty() ? "" : ", ",
                     inner.pause ? "attempt" : "round", inner.round, inner.rounds);
}

}  // namespace tools::script
