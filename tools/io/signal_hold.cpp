#include "io/signal_hold.hpp"

#include <array>

namespace tools::io {
namespace {

/// Who holds a signal. The signal mask belongs to the process, and so does this.
struct holders {
  int count = 0;
  bool blocked_before = false;
};

holders& holders_of(int number) {
  static std::array<holders, NSIG> all;
  return all.at(static_cast<std::size_t>(number));
}

}  // namespace

bool is_ignored(int number) {
  struct sigaction present {};
  return ::sigaction(number, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

signal_hold::signal_hold(std::span<const int> numbers, bool wanted) {
  if (!wanted) return;
  sigset_t before;
  if (::pthread_sigmask(SIG_BLOCK, nullptr, &before) != 0) return;
  sigset_t added;
  ::sigemptyset(&added);
  numbers_ = numbers;
  for (const int each : numbers_) {
    auto& all = holders_of(each);
    if (all.count++ > 0) continue;
    all.blocked_before = ::sigismember(&before, each) == 1 || is_ignored(each);
    if (!all.blocked_before) ::sigaddset(&added, each);
  }
  ::pthread_sigmask(SIG_BLOCK, &added, nullptr);
}

signal_hold::~signal_hold() {
  sigset_t free;
  ::sigemptyset(&free);
  for (const int each : numbers_) {
    auto& all = holders_of(each);
    if (--all.count == 0 && !all.blocked_before) ::sigaddset(&free, each);
  }
  ::pthread_sigmask(SIG_UNBLOCK, &free, nullptr);
}

}  // namespace tools::io
