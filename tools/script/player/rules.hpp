// Rules: what answers the requests that no step of a script takes.
#pragma once

#include "script/language/pattern.hpp"
#include "script/language/step.hpp"

#include <chunk/framing.hpp>

#include <span>
#include <string>
#include <vector>

namespace tools::script {

struct rule {
  const step* from = nullptr;  ///< the step that begins it
  expected_reply wanted{};
  std::span<const step> answer{};
};

/// The rules of one run, in the order in which their steps were performed.
class rule_list {
 public:
  /// Adds a rule. One of the same step is replaced.
  void add(rule added);

  bool empty() const { return rules_.empty(); }

  /// Finds the first rule that a request matches, and adds what its pattern captures to `names`.
  ///
  /// Returns: nullptr: there is none
  /// Throws:  what `spend` throws
  const rule* find(const chunk::placed_chunk& request, captured& names, const effort& spend) const;

  /// Gives the first rule for requests of an ID, whatever else they have to be.
  ///
  /// Returns: nullptr: there is none
  const rule* find(const chunk::id& of) const;

  /// Stands for all of them in messages, at the place of the first one. There has to be a rule.
  const step& as_step() const { return all_; }

  /// All of them as they are written, shortened: "on:GETK, on:PUTK:KEYN={k}".
  std::string in_words() const;

 private:
  std::vector<rule> rules_;
  step all_;
};

}  // namespace tools::script
