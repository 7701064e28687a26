// Keeping signals from ending the process while it has something to clean up.
#pragma once

#include <signal.h>

#include <span>

namespace tools::io {

/// Says whether a signal was ignored when the process started, as by nohup or a shell.
bool is_ignored(int number);

/// While it lives, signals stay pending unless a signal_watch receives them. One that is destroyed
/// in this time leaves them so: whoever makes a socket file makes this first, and no signal comes
/// before the watch that would remove the file, or after it. Of several, the last one lets go.
class signal_hold {
 public:
  /// Holds none if they are not `wanted`. Ignored signals stay ignored. `numbers` has to outlive
  /// it.
  explicit signal_hold(std::span<const int> numbers, bool wanted = true);
  ~signal_hold();
  signal_hold(const signal_hold&) = delete;
  signal_hold& operator=(const signal_hold&) = delete;

 private:
  std::span<const int> numbers_;
};

}  // namespace tools::io
