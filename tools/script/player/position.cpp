#include "script/player/position.hpp"

#include <fmt/core.h>

namespace tools::script {

void position::begin_block(const repetition& what) {
  if (what.rounds == 0) {
    at_ += what.length;
  } else {
    blocks_.push_back({at_, 1, what.rounds});
  }
}

void position::end_block() {
  auto& inner = blocks_.back();
  if (inner.round++ < inner.rounds) {
    at_ = inner.begin;
  } else {
    blocks_.pop_back();
  }
}

std::string position::round() const {
  if (blocks_.empty()) return {};
  return fmt::format("round {} of {}", blocks_.back().round, blocks_.back().rounds);
}

}  // namespace tools::script
