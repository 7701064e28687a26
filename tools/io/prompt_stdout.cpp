#include "io/prompt_stdout.hpp"

#include <chunk/error.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>

namespace tools::io {
namespace {

/// Opens standard output again, since O_NONBLOCK on the existing open file description would affect
/// other processes that share it.
///
/// Returns: a negative number if it cannot be opened
int open_again() {
  const int flags = ::fcntl(STDOUT_FILENO, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return -1;
  return ::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

}  // namespace

prompt_stdout::prompt_stdout(asio::io_context& context)
    : context_(context), descriptor_(STDOUT_FILENO) {
  struct stat about {};
  const bool known = ::fstat(STDOUT_FILENO, &about) == 0;
  is_socket_ = known && S_ISSOCK(about.st_mode);
  // Writes to a file do not block, and have to continue at the offset of the shared description.
  const bool is_file = known && (S_ISREG(about.st_mode) || S_ISBLK(about.st_mode));
  if (is_socket_ || is_file) return;
  const int own = open_again();
  owned_ = own >= 0;
  may_block_ = !owned_;
  if (owned_) descriptor_ = own;
}

prompt_stdout::~prompt_stdout() {
  if (owned_) ::close(descriptor_);
}

std::size_t prompt_stdout::write_some(std::string_view bytes) {
  if (may_block_) {
    pollfd room{descriptor_, POLLOUT, 0};
    if (::poll(&room, 1, 0) <= 0) return 0;
    // A writable pipe has room for at least this many bytes.
    bytes = bytes.substr(0, PIPE_BUF);
  }
  const auto put =
      is_socket_ ? ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                 : ::write(descriptor_, bytes.data(), bytes.size());
  if (put >= 0) return static_cast<std::size_t>(put);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return 0;
  throw chunk::local_failure(chunk::last_system_error("standard output"));
}

asio::awaitable<void> prompt_stdout::wait() {
  if (!watched_) watched_ = chunk::net::open_descriptor(context_, descriptor_);
  co_await watched_->wait_writable();
}

void prompt_stdout::wait_for(chunk::net::duration limit) const {
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  pollfd room{descriptor_, POLLOUT, 0};
  ::poll(&room, 1, static_cast<int>(milliseconds));
}

}  // namespace tools::io
