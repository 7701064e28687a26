#include "dump/live_output.hpp"

#include <chunk/error.hpp>

#include <asio/co_spawn.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <exception>
#include <utility>

namespace dump {
namespace {

using std::chrono::steady_clock;

/// Chosen: some ten thousand lines, and more than any pipe holds.
constexpr std::size_t capacity = 1024 * 1024;

/// Chosen: the size of a pipe; more is not taken at once.
constexpr std::size_t worth_a_write = 64 * 1024;

/// Opens standard output once more, since only a description of our own can be told not to wait
/// without telling all others. Negative: it cannot be opened.
int open_again() {
  const int mode = ::fcntl(STDOUT_FILENO, F_GETFL);
  if (mode < 0 || (mode & O_ACCMODE) == O_RDONLY) return -1;
  return ::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

}  // namespace

live_output::live_output(asio::io_context& context, notice tell)
    : context_(context), tell_(std::move(tell)), descriptor_(STDOUT_FILENO) {
  struct stat about {};
  const bool known = ::fstat(STDOUT_FILENO, &about) == 0;
  is_socket_ = known && S_ISSOCK(about.st_mode);
  // A write to a file never waits for a reader, and goes on where the description stands.
  const bool is_file = known && (S_ISREG(about.st_mode) || S_ISBLK(about.st_mode));
  if (is_socket_ || is_file) return;
  const int own = open_again();
  owned_ = own >= 0;
  may_block_ = !owned_;
  if (owned_) descriptor_ = own;
}

live_output::~live_output() {
  if (owned_) ::close(descriptor_);
}

std::size_t live_output::write_some(std::string_view bytes) {
  if (may_block_) {
    pollfd room{descriptor_, POLLOUT, 0};
    if (::poll(&room, 1, 0) <= 0) return 0;
    // A pipe that has room has it for as much as this.
    bytes = bytes.substr(0, PIPE_BUF);
  }
  const auto put =
      is_socket_ ? ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                 : ::write(descriptor_, bytes.data(), bytes.size());
  if (put >= 0) return static_cast<std::size_t>(put);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return 0;
  throw chunk::local_failure(chunk::last_system_error("standard output"));
}

void live_output::write_pending() {
  for (bool taken = true; taken && pending() > 0;) {
    const auto count = write_some(std::string_view(queue_).substr(begin_));
    begin_ += count;
    taken = count > 0;
  }
  if (pending() == 0 || begin_ >= capacity) {
    queue_.erase(0, begin_);
    begin_ = 0;
  }
  const auto written = queued_ - pending();
  while (!ends_.empty() && ends_.front() <= written) ends_.pop_front();
}

/// Puts a line where records are missing.
void live_output::tell_of_gap() {
  const auto line = tell_(std::exchange(missing_, 0));
  queue_ += line;
  queued_ += line.size();
}

void live_output::commit() {
  if (text_.empty()) return;
  if (pending() + text_.size() > worth_a_write) flush();
  // A record alone may be longer than the queue, as its chunk is of a bounded length. Once one was
  // left out, all are until flush() has told of them, so that there is one gap and not many where
  // now a short record fits and now a long one does not.
  if (missing_ > 0 || (pending() > 0 && pending() + text_.size() > capacity)) {
    ++missing_;
    ++dropped_;
  } else {
    queue_ += text_;
    queued_ += text_.size();
    ends_.push_back(queued_);
  }
  text_.clear();
}

void live_output::flush() {
  write_pending();
  if (missing_ > 0 && pending() < capacity / 2) {
    tell_of_gap();
    write_pending();
  }
  if (pending() == 0 || waiting_) return;
  waiting_ = true;
  asio::co_spawn(context_, write_on(), [](const std::exception_ptr& problem) {
    if (problem) std::rethrow_exception(problem);
  });
}

asio::awaitable<void> live_output::write_on() {
  if (!watched_) watched_ = chunk::open_descriptor(context_, descriptor_);
  for (bool more = true; more;) {
    co_await watched_->wait_writable();
    flush();
    more = pending() > 0;
  }
  waiting_ = false;
}

void live_output::finish(chunk::duration limit) {
  const auto until = steady_clock::now() + limit;
  if (missing_ > 0) tell_of_gap();
  for (bool in_time = true; in_time;) {
    write_pending();
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
    in_time = pending() > 0 && left > 0;
    if (!in_time) break;
    pollfd room{descriptor_, POLLOUT, 0};
    ::poll(&room, 1, static_cast<int>(left));
  }
  dropped_ += ends_.size();
  ends_.clear();
}

}  // namespace dump
