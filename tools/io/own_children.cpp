#include "io/own_children.hpp"

#include "io/guard.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace tools::io {
namespace {

/// What the kernel keeps for this process has one owner here as well. Only the thread of the event
/// loop starts and reaps children.
struct {
  std::vector<pid_t> started;
  int reapers = 0;
} children;

constexpr std::array ended_child{SIGCHLD};

/// Reaps the orphans that have ended, up to the first child that somebody else is to reap. When
/// that is done, wait_for_child() continues.
void reap_orphans() noexcept {
  for (;;) {
    siginfo_t about{};
    const bool known = ::waitid(P_ALL, 0, &about, WEXITED | WNOHANG | WNOWAIT) == 0;
    if (!known && errno == EINTR) continue;
    if (!known || about.si_pid == 0) return;
    if (std::ranges::count(children.started, about.si_pid) > 0) return;
    int ignored = 0;
    if (::waitpid(about.si_pid, &ignored, WNOHANG) <= 0) return;
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
  if (was_listed) release_group(gone);
  if (was_listed && children.reapers > 0) reap_orphans();
  errno = problem;
  return ended;
}

bool has_child_in(pid_t group) noexcept {
  siginfo_t ignored{};
  const auto which = static_cast<id_t>(group);
  return ::waitid(P_PGID, which, &ignored, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void end_children() noexcept {
  for (const auto each : children.started) {
    release_group(each);  // it must not get a second signal
    ::kill(-each, SIGTERM);
    ::kill(-each, SIGCONT);  // a stopped process would not see it
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
