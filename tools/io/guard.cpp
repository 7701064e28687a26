#include "io/guard.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <new>
#include <utility>
#include <vector>

namespace tools::io {
namespace {

/// Chosen: more than the commands that any tool runs at one time.
constexpr std::size_t most_groups = 16 * 1024;

/// Of the guard, which must not allocate memory: a thread that the fork has not copied may hold the
/// lock of the heap.
std::array<pid_t, most_groups> groups;

/// There is one guard for each process, and so there is one of these.
struct {
  bool tried = false;
  pid_t id = 0;
  int pipe = -1;                // a positive number adds a group, a negative one removes it
  std::vector<pid_t> untold{};  // changes that the pipe has no room for, while the guard is stopped
} guard;

/// Notes groups until this end of the pipe is the only one, and ends those that are left.
[[noreturn]] void guard_groups(int from) {
  std::size_t count = 0;
  for (pid_t told = 0;;) {
    const auto got = ::read(from, &told, sizeof told);
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof told) break;
    const auto known = groups.begin() + static_cast<std::ptrdiff_t>(count);
    const auto found = std::find(groups.begin(), known, -told);
    if (found != known) {
      *found = groups.at(--count);
    } else if (told > 0 && count < groups.size()) {
      groups.at(count++) = told;
    }
  }
  for (std::size_t each = 0; each < count; ++each) end_group(groups.at(each));
  ::_exit(0);
}

[[noreturn]] void be_guard(int from) {
  ::setsid();
  ::prctl(PR_SET_NAME, "chunk-guard");
  ::dup2(from, STDIN_FILENO);
  if (::syscall(SYS_close_range, STDIN_FILENO + 1, ~0U, 0) != 0) ::_exit(0);
  guard_groups(STDIN_FILENO);
}

void start_guard() noexcept {
  std::array<int, 2> ends{};
  if (std::exchange(guard.tried, true) || ::getpid() == 1) return;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);  // in the guard they stay blocked
  guard.id = ::fork();
  if (guard.id == 0) be_guard(ends[0]);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::close(ends[0]);
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);  // a guard that is stopped must not stop this process
  guard.pipe = ends[1];
}

/// Tells the guard as much as the pipe has room for.
void tell_rest() noexcept {
  constexpr std::size_t at_once = PIPE_BUF / sizeof(pid_t);  // such a write is made whole or not
  auto& rest = guard.untold;
  while (!rest.empty()) {
    const auto count = std::min(rest.size(), at_once);
    const auto put = ::write(guard.pipe, rest.data(), count * sizeof(pid_t));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return;
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

void tell(pid_t change) noexcept {
  if (guard.pipe < 0) return;
  try {
    guard.untold.push_back(change);
  } catch (const std::bad_alloc&) {
    // Commands go on without a guard.
  }
  tell_rest();
}

/// Chosen: the guard has hardly anything to do.
constexpr int guard_patience_ms = 1000;

/// Waits until the guard has ended. Returns: false if it does not
bool is_guard_gone() noexcept {
  for (int waited = 0; waited < guard_patience_ms; ++waited) {
    int ignored = 0;
    const auto reaped = ::waitpid(guard.id, &ignored, WNOHANG);
    if (reaped > 0 || (reaped < 0 && errno != EINTR)) return true;
    ::poll(nullptr, 0, 1);
  }
  return false;
}

}  // namespace

void end_group(pid_t group) noexcept {
  ::kill(-group, SIGTERM);
  ::kill(-group, SIGCONT);  // a stopped process would not see it
}

void guard_group(pid_t group) noexcept {
  start_guard();
  tell(group);
}

void release_group(pid_t group) noexcept {
  tell(-group);
}

void dismiss_guard() noexcept {
  if (guard.pipe < 0) return;
  tell_rest();
  ::close(std::exchange(guard.pipe, -1));
  if (guard.id > 0) {
    ::kill(guard.id, SIGCONT);
    int ignored = 0;
    if (!is_guard_gone() && ::kill(guard.id, SIGKILL) == 0) ::waitpid(guard.id, &ignored, 0);
  }
  guard = {};
}

}  // namespace tools::io
