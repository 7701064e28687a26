// The current step and the steps before it, for reports.
#pragma once

#include "script/language/step.hpp"

#include <chunk/net/duration.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace tools::script {

class step_log {
 public:
  using clock = std::chrono::steady_clock;

  /// To be called when a step begins. It has to live until the next call or the end of the log.
  void begin(const step& now);

  /// To be called when something else begins, such as connecting before the first step.
  void begin_unlisted(const step& now);

  /// The current step, and when it began.
  struct moment {
    const step* current = nullptr;
    clock::time_point began{};
  };
  moment present() const { return {current_, began_}; }

  /// Makes a step the current one again after others were performed in its midst.
  void return_to(const moment& before) {
    current_ = before.current;
    began_ = before.began;
  }

  /// Restarts the time of the current step.
  void restart_time() { began_ = clock::now(); }

  const step& current() const { return *current_; }
  clock::time_point began() const { return began_; }
  chunk::net::duration took() const { return clock::now() - began_; }

  /// The last steps, without `now` itself: "tests.script:8: DLAY:NTVL=2".
  std::vector<std::string> before(const step& now) const;

 private:
  const step* current_ = nullptr;
  clock::time_point began_{};
  std::array<const step*, 6> last_{};  // chosen: to see what led to a failure
  std::size_t count_ = 0;              // of all steps so far
};

}  // namespace tools::script
