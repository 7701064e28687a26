// The position of a player in a list of steps, and in its repetitions.
#pragma once

#include "script/language/argument.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tools::script {

class position {
 public:
  std::size_t at() const { return at_; }
  void go_to_start() { at_ = 0; }
  void advance() { ++at_; }

  /// At the first step of a block: begins its first round, or skips it if it has no rounds.
  void begin_block(const repetition& what);

  /// At the last step of a block: returns to its beginning if a round is left.
  void end_block();

  /// "round 3 of 10", or an empty text outside of any block.
  std::string round() const;

 private:
  struct block {
    std::size_t begin = 0;
    std::uint64_t round = 1;
    std::uint64_t rounds = 0;
  };

  std::size_t at_ = 0;
  std::vector<block> blocks_;  // the innermost one last
};

}  // namespace tools::script
