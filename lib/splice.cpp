#include "splice.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace chunk {
namespace {

/// Chosen: so much at a time costs little more a byte than more would, and does not take long.
constexpr std::uint64_t largest_move = 1024 * 1024;

/// Chosen: the size that any user may give a pipe; with the 64 KiB that it has from the start,
/// writer and reader wait for each other at every turn.
constexpr int pipe_size = 1024 * 1024;

enum class medium { file, pipe, socket, other };

medium medium_of(int descriptor) {
  struct stat about {};
  if (::fstat(descriptor, &about) != 0) return medium::other;
  if (S_ISREG(about.st_mode)) return medium::file;
  if (S_ISFIFO(about.st_mode)) return medium::pipe;
  return S_ISSOCK(about.st_mode) ? medium::socket : medium::other;
}

/// One attempt, as the system calls have it: -1 with errno set when it failed.
ssize_t move(int from, int to, std::size_t count) {
  const auto source = medium_of(from);
  const auto sink = medium_of(to);
  if (source == medium::pipe || sink == medium::pipe) {
    return ::splice(from, nullptr, to, nullptr, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  }
  if (source != medium::file) return 0;
  if (sink == medium::file) {
    // May copy no data at all, but does not reach across all file systems.
    const auto copied = ::copy_file_range(from, nullptr, to, nullptr, count, 0);
    if (copied > 0) return copied;
  }
  return ::sendfile(to, from, nullptr, count);
}

}  // namespace

std::optional<std::uint64_t> splice_some(int from, int to, std::uint64_t most) noexcept {
  const auto moved = move(from, to, static_cast<std::size_t>(std::min(most, largest_move)));
  if (moved >= 0) return static_cast<std::uint64_t>(moved);
  if (errno == EAGAIN || errno == EINTR) return std::nullopt;
  return 0;
}

void widen_pipe(int which) noexcept {
  ::fcntl(which, F_SETPIPE_SZ, pipe_size);
}

}  // namespace chunk
