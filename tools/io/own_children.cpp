#include "io/own_children.hpp"

#include "io/guard.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace tools::io {
namespace {

/// The children that this process has started and not reaped, as the kernel has them: for the whole
/// process. Only the thread of the event loop starts and reaps children.
struct {
  std::vector<pid_t> started;
  int reapers = 0;
} children;

constexpr std::array ended_child{SIGCHLD};

/// Lets the guard forget a process group once no child of this process is in it. Of others that are
/// in it, such as those that a subreaper has not got, nobody can say how long its ID is theirs.
void release_if_over(pid_t group) noexcept {
  if (group > 0 && !has_child_in(group)) release_group(group);
}

/// Reaps the orphans that have ended, up to the first child that somebody else is to reap. When
/// that is done, wait_for_child() continues.
void reap_orphans() noexcept {
  for (;;) {
    siginfo_t about{};
    const bool known = ::waitid(P_ALL, 0, &about, WEXITED | WNOHANG | WNOWAIT) == 0;
    if (!known && errno == EINTR) continue;
    if (!known || about.si_pid == 0) return;
    if (std::ranges::count(children.started, about.si_pid) > 0) return;
    const auto group = ::getpgid(about.si_pid);
    int ignored = 0;
    if (::waitpid(about.si_pid, &ignored, WNOHANG) <= 0) return;
    release_if_over(group);
  }
}

}  // namespace

void expect_child() {
  children.started.reserve(children.started.size() + 1);
}

void add_child(pid_t id) noexcept {
  children.started.push_back(id);
  guard_group(id);
}

pid_t wait_for_child(pid_t which, int& status, int options) noexcept {
  pid_t ended = 0;
  do {
    ended = ::waitpid(which, &status, options);
  } while (ended < 0 && errno == EINTR);
  const int problem = errno;
  // One that cannot be waited for has been reaped by somebody else, and its ID may be in use again.
  const pid_t gone = ended < 0 && which > 0 ? which : ended;
  const bool was_listed = gone > 0 && std::erase(children.started, gone) > 0;
  if (was_listed) release_if_over(gone);
  if (ended < 0 && which < -1) release_if_over(-which);
  if (was_listed && children.reapers > 0) reap_orphans();
  errno = problem;
  return ended;
}

bool has_ended(int process) noexcept {
  pollfd state{process, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&state, 1, 0);
  } while (ready < 0 && errno == EINTR);
  return ready != 0;
}

bool has_child_in(pid_t group) noexcept {
  siginfo_t ignored{};
  const auto which = static_cast<id_t>(group);
  return ::waitid(P_PGID, which, &ignored, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void end_children() noexcept {
  for (const auto each : children.started) {
    release_group(each);  // it must not get a second signal
    end_group(each);
  }
}

orphan_reaper::orphan_reaper(asio::io_context& context)
    : ended_(context, ended_child, [](int) { reap_orphans(); }) {
  ++children.reapers;
}

orphan_reaper::~orphan_reaper() {
  --children.reapers;
}

}  // namespace tools::io
