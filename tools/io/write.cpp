#include "io/write.hpp"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace tools::io {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How often to look for a pending signal. Chosen: a user does not notice it.
constexpr milliseconds look_every(100);

/// Chosen: enough for a reader that is only slow.
constexpr std::chrono::seconds longest_hurry(1);

constexpr int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/// When wait_for_room() stops waiting after hurry(), since the epoch of the clock. The standard
/// streams belong to the process, and so does this.
std::atomic<clock::rep> give_up_at = clock::duration::max().count();

/// How long write_error() waits. Chosen: enough for a reader that is only slow.
std::optional<milliseconds> error_limit = longest_hurry;

/// Whether the reader of standard error has taken nothing for so long. It is not waited for again
/// until it does.
bool errors_are_stuck = false;

/// Whether a line was cut, which the next one must not continue.
bool error_is_cut = false;

bool has_end_of(const sigset_t& set) {
  return std::ranges::any_of(ends, [&](int each) { return ::sigismember(&set, each) == 1; });
}

bool is_end_pending() {
  sigset_t pending;
  return ::sigpending(&pending) == 0 && has_end_of(pending);
}

}  // namespace

bool ends_are_watched() {
  sigset_t blocked;
  return ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked) == 0 && has_end_of(blocked);
}

void hurry() noexcept {
  give_up_at = (clock::now() + longest_hurry).time_since_epoch().count();
}

room wait_for_room(int descriptor, std::optional<milliseconds> limit) {
  const auto until = limit ? clock::now() + *limit : clock::time_point::max();
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - clock::now());
    const bool over = clock::now().time_since_epoch().count() >= give_up_at;
    const auto span = over ? milliseconds(0) : std::clamp(left, milliseconds(0), look_every);
    pollfd state{descriptor, POLLOUT, 0};
    const int ready = ::poll(&state, 1, static_cast<int>(span.count()));
    // A system that cannot tell lets the write itself wait.
    if (ready > 0 || (ready < 0 && errno != EINTR)) return room::some;
    if (clock::now() >= until) return room::late;
    if (over || is_end_pending()) return room::stopping;
  }
}

bool write_whole(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto put = ::write(descriptor, text.data(), text.size());
    if (put >= 0) {
      text.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno == EAGAIN) {
      if (wait_for_room(descriptor) != room::some) return errno = EINTR, false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

void set_error_limit(std::optional<milliseconds> limit) noexcept {
  error_limit = limit;
}

void write_error(std::string_view text) noexcept {
  bool is_begun = error_is_cut;
  while (!text.empty()) {
    const auto found =
        wait_for_room(STDERR_FILENO, errors_are_stuck ? milliseconds(0) : error_limit);
    errors_are_stuck = found == room::late;
    if (found != room::some) {
      error_is_cut = is_begun;
      return;
    }
    if (error_is_cut && ::write(STDERR_FILENO, "\n", 1) == 1) error_is_cut = false;
    // A writable pipe has room for at least this many bytes.
    const auto piece = text.substr(0, PIPE_BUF);
    const auto put = ::write(STDERR_FILENO, piece.data(), piece.size());
    if (put >= 0) {
      is_begun = true;
      text.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno != EINTR && errno != EAGAIN) {
      return;
    }
  }
}

}  // namespace tools::io
