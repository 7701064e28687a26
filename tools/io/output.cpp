#include "io/output.hpp"

#include "io/prompt_stdout.hpp"
#include "io/status_line.hpp"
#include "io/write.hpp"

#include <asio/posix/stream_descriptor.hpp>
#include <fmt/core.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>
#include <string_view>
#include <utility>

namespace tools::io {
namespace {

/// Chosen: the largest size that an unprivileged user can set. With the default of 64 KiB, writer
/// and reader would wait for each other more often.
constexpr int pipe_size = 1024 * 1024;

[[noreturn]] void fail_to_write() {
  throw chunk::local_failure(chunk::last_system_error("standard output"));
}

/// Says whether to retry a write: after a signal, or, if another process has made the descriptor
/// non-blocking, after waiting until it is writable.
bool again() {
  if (errno == EINTR) return true;
  if (errno != EAGAIN) return false;
  pollfd state{STDOUT_FILENO, POLLOUT, 0};
  ::poll(&state, 1, -1);
  return true;
}

}  // namespace

output::output() {
  pieces_.reserve(IOV_MAX);
}

output::output(asio::io_context& context) : prompt_(std::make_unique<prompt_stdout>(context)) {}

output::~output() = default;

void output::add(std::span<const std::byte> bytes) {
  if (prompt_) {
    text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return;
  }
  if (!text_.empty()) flush();
  if (bytes.empty()) return;
  if (!pieces_.empty()) {
    auto& last = pieces_.back();
    if (static_cast<const std::byte*>(last.iov_base) + last.iov_len == bytes.data()) {
      last.iov_len += bytes.size();
      return;
    }
    if (pieces_.size() == IOV_MAX) flush();
  }
  pieces_.push_back({const_cast<std::byte*>(bytes.data()), bytes.size()});
}

/// Enlarges the capacity of standard output if it is a pipe. Failure does not matter.
void output::enlarge_pipe() {
  if (!std::exchange(enlarged_, true)) ::fcntl(STDOUT_FILENO, F_SETPIPE_SZ, pipe_size);
}

void output::flush_if_large() {
  if (!is_large()) return;
  enlarge_pipe();
  flush();
}

/// Removes the line of --progress before output is written to the same terminal.
void output::make_way() {
  static const bool on_terminal = is_terminal();
  if (on_terminal) erase_status_line();
}

void output::flush() {
  make_way();
  if (limit_ || ends_are_watched()) return flush_with_care();
  std::size_t first = 0;
  while (first < pieces_.size()) {
    const auto count = static_cast<int>(pieces_.size() - first);
    const auto put = ::writev(STDOUT_FILENO, &pieces_[first], count);
    if (put < 0 && again()) continue;
    if (put < 0) fail_to_write();
    auto rest = static_cast<std::size_t>(put);
    while (first < pieces_.size() && rest >= pieces_[first].iov_len)
      rest -= pieces_[first++].iov_len;
    if (rest > 0) {
      pieces_[first].iov_base = static_cast<std::byte*>(pieces_[first].iov_base) + rest;
      pieces_[first].iov_len -= rest;
    }
  }
  pieces_.clear();
  write(std::as_bytes(std::span(text_)));
  text_.clear();
}

/// Writes everything so that a reader that takes nothing blocks neither signals nor deadlines.
void output::flush_with_care() {
  for (const auto& each : std::exchange(pieces_, {})) {
    write_with_care({static_cast<const char*>(each.iov_base), each.iov_len});
  }
  const auto text = std::exchange(text_, {});
  write_with_care(text);
}

void output::write_with_care(std::string_view bytes) {
  while (!bytes.empty()) {
    switch (wait_for_room(STDOUT_FILENO, limit_)) {
      case room::some: break;
      case room::stopping: return;
      case room::late: {
        const auto reason = std::make_error_code(std::errc::timed_out);
        const auto late = fmt::format("standard output: nothing taken for {} s",
                                      std::chrono::duration<double>(*limit_).count());
        throw chunk::failure(chunk::error{reason, late});
      }
    }
    // A writable pipe has room for at least this many bytes.
    const auto put =
        ::write(STDOUT_FILENO, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    if (put < 0 && errno != EINTR && errno != EAGAIN) fail_to_write();
    if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

void output::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto put = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (put < 0 && again()) continue;
    if (put < 0) fail_to_write();
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

asio::awaitable<void> output::write_out() {
  if (is_large()) enlarge_pipe();
  if (!prompt_) {
    flush();
    co_return;
  }
  make_way();
  for (std::size_t at = 0; at < text_.size();) {
    const auto count = prompt_->write_some(std::string_view(text_).substr(at));
    at += count;
    if (count == 0) co_await prompt_->wait();
  }
  text_.clear();
}

bool has_reader() {
  pollfd state{STDOUT_FILENO, 0, 0};  // requests no event: errors are always reported
  return ::poll(&state, 1, 0) <= 0 || (state.revents & (POLLERR | POLLHUP)) == 0;
}

void fail_by_broken_pipe() {
  const auto reason = std::make_error_code(std::errc::broken_pipe);
  throw chunk::local_failure(chunk::error{reason, "standard output"});
}

void end_by_broken_pipe() {
  ::signal(SIGPIPE, SIG_DFL);
  ::raise(SIGPIPE);
  ::_exit(128 + SIGPIPE);  // reached only if SIGPIPE is blocked
}

bool output::is_terminal() {
  return ::isatty(STDOUT_FILENO) == 1;
}

void leave_standard_output() {
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return;
  ::dup2(nowhere, STDOUT_FILENO);
  ::close(nowhere);
}

void watch_for_reader(asio::io_context& context) {
  struct stat about {};
  const bool has_reader =
      ::fstat(STDOUT_FILENO, &about) == 0 && (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode));
  if (!has_reader) return;
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};  // requests no event: EPOLLERR is always reported
  if (set < 0 || ::epoll_ctl(set, EPOLL_CTL_ADD, STDOUT_FILENO, &event) != 0) return;
  const auto watched = std::make_shared<asio::posix::stream_descriptor>(context, set);
  watched->async_wait(asio::posix::descriptor_base::wait_read, [watched](std::error_code aborted) {
    if (aborted) return;
    // Thrown instead of raising the signal here, so that destructors clean up first.
    fail_by_broken_pipe();
  });
}

}  // namespace tools::io
