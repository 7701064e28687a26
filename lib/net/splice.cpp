#include "splice.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace chunk::net {
namespace {

/// Chosen: larger moves are hardly cheaper per byte, and one of this size does not take long.
constexpr std::uint64_t largest_move = 1024 * 1024;

/// Chosen: the largest size that any user may give a pipe. With the default of 64 KiB, writer and
/// reader wait for each other all the time.
constexpr int pipe_size = 1024 * 1024;

enum class medium { file, pipe, socket, other };

medium medium_of(int file) {
  struct stat about {};
  if (::fstat(file, &about) != 0) return medium::other;
  if (S_ISREG(about.st_mode)) return medium::file;
  if (S_ISFIFO(about.st_mode)) return medium::pipe;
  return S_ISSOCK(about.st_mode) ? medium::socket : medium::other;
}

bool appends(int file) {
  return (::fcntl(file, F_GETFL) & O_APPEND) != 0;
}

/// A pipe for moving from a socket to a file, which the system cannot do directly. It is empty
/// between two moves, so one for all of them is enough.
class between {
 public:
  between() {
    if (::pipe2(ends_.data(), O_CLOEXEC) == 0) widen_pipe(ends_[1]);
  }
  ~between() {
    for (const int each : ends_) ::close(each);
  }
  between(const between&) = delete;
  between& operator=(const between&) = delete;

  ssize_t fill(int from, std::size_t count) {
    return ::splice(from, nullptr, ends_[1], nullptr, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  }

  /// Moves `count` bytes from the pipe to a file. Those that the file does not take are returned.
  moved empty_into(int to, std::size_t count) {
    moved out;
    while (out.bytes < count) {
      const auto left = count - static_cast<std::size_t>(out.bytes);
      const auto put = ::splice(ends_[0], nullptr, to, nullptr, left, SPLICE_F_MOVE);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) {
        out.rest = take(left);
        break;
      }
      out.bytes += static_cast<std::uint64_t>(put);
    }
    return out;
  }

 private:
  std::vector<std::byte> take(std::size_t count) {
    std::vector<std::byte> out(count);
    std::size_t done = 0;
    while (done < count) {
      const auto got = ::read(ends_[0], out.data() + done, count - done);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    out.resize(done);
    return out;
  }

  std::array<int, 2> ends_{-1, -1};
};

/// One attempt, as the system calls have it: -1 with errno set when it failed.
ssize_t move(int from, int to, std::size_t count, medium source, medium sink) {
  // Anything else, such as a terminal, may block in spite of the flag, and then blocks everybody
  // who uses the pipe at the other side.
  if (source == medium::other || (source == medium::pipe && sink == medium::other)) return 0;
  if (source == medium::pipe || sink == medium::pipe) {
    return ::splice(from, nullptr, to, nullptr, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  }
  if (source != medium::file) return 0;
  if (sink == medium::file) {
    // May share the data instead of copying it, but does not work between all file systems.
    const auto copied = ::copy_file_range(from, nullptr, to, nullptr, count, 0);
    if (copied > 0) return copied;
  }
  return ::sendfile(to, from, nullptr, count);
}

}  // namespace

std::optional<moved> splice_some(int from, int to, std::uint64_t most) {
  const auto count = static_cast<std::size_t>(std::min(most, largest_move));
  const auto source = medium_of(from);
  const auto sink = medium_of(to);
  const bool by_pipe = source == medium::socket && sink == medium::file && !appends(to);
  ssize_t got = 0;
  if (by_pipe) {
    thread_local between pipe;
    got = pipe.fill(from, count);
    if (got > 0) return pipe.empty_into(to, static_cast<std::size_t>(got));
  } else {
    got = move(from, to, count, source, sink);
  }
  if (got >= 0) return moved{static_cast<std::uint64_t>(got)};
  if (errno == EAGAIN || errno == EINTR) return std::nullopt;
  return moved{};
}

void widen_pipe(int which) noexcept {
  ::fcntl(which, F_SETPIPE_SZ, pipe_size);
}

}  // namespace chunk::net
