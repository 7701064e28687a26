// The position of a player in a list of steps, and in their blocks.
#pragma once

#include "script/language/argument.hpp"
#include "script/language/step.hpp"

#include <chunk/net/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tools::script {

class position {
 public:
  position() = default;

  /// Stands at the first of these steps, which have to outlive it.
  explicit position(std::span<const step> steps) : steps_(steps) {}

  bool is_over() const { return at_ >= steps_.size(); }
  const step& now() const { return steps_[at_]; }
  void advance() { ++at_; }

  /// At the first step of a block: the steps in it.
  std::span<const step> body() const { return steps_.subspan(at_ + 1, now().length - 1); }

  /// At the first step of a block: goes to its last one.
  void skip_block() { at_ += now().length; }

  /// At the first step of a block: begins its first round, or skips it if it has no rounds.
  void begin_rounds(std::uint64_t rounds);

  /// At the first step of a block that is performed once, and has a name for reports.
  void begin_named(std::string name);

  /// At the first step of a block: begins its first attempt.
  void begin_attempts(const attempts& what);

  /// When a step has failed: returns to the first step in the innermost block that has an attempt
  /// left. The others around the failed step are left.
  ///
  /// Returns: the pause before the attempt; nullopt: there is no such block, and nothing changes
  std::optional<chunk::net::duration> try_again();

  /// At the last step of a block: returns to its beginning if a round is left.
  void end_block();

  /// The innermost block: "round 3 of 10", "attempt 3 of 3"; before it, or alone, the innermost one
  /// that has a name. Empty outside of any block.
  std::string round() const;

 private:
  struct block {
    std::size_t begin = 0;
    std::uint64_t round = 1;
    std::uint64_t rounds = 0;
    std::optional<chunk::net::duration> pause{};  // between attempts; nullopt: they are rounds
    std::string name{};                           // in place of a number
  };

  std::span<const step> steps_;
  std::size_t at_ = 0;
  std::vector<block> blocks_;  // the innermost one last
};

}  // namespace tools::script
