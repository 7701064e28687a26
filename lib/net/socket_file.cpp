#include "socket_file.hpp"

#include "unix_name.hpp"

#include <chunk/error.hpp>
#include <chunk/net/deadline.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

namespace chunk::net {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// Chosen: a process holds the lock for some milliseconds on a busy machine. One that holds it for
// longer is stuck or malicious, and is not waited for.
constexpr duration lock_timeout = 5s;
constexpr duration lock_pause = 2ms;

/// Chosen: every client waits while a file is removed. A file that is left behind does no harm.
constexpr duration removal_timeout = 200ms;

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Holds the lock on a directory while it exists.
class directory_lock {
 public:
  /// `directory` may be negative, with errno set.
  directory_lock(int directory, duration patience) : directory_(directory) {
    if (directory_ < 0) return;
    const auto until = clock::now() + patience;
    while (::flock(directory_, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) return;
      if (clock::now() >= until) {
        errno = EWOULDBLOCK;
        return;
      }
      std::this_thread::sleep_for(lock_pause);
    }
    held_ = true;
  }
  ~directory_lock() {
    if (held_) ::flock(directory_, LOCK_UN);
  }
  directory_lock(const directory_lock&) = delete;
  directory_lock& operator=(const directory_lock&) = delete;

  /// If it is not held, errno says why.
  bool held() const { return held_; }

  int directory() const { return directory_; }

 private:
  int directory_;
  bool held_ = false;
};

/// The name of a path in its directory.
const char* name_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return path.c_str() + (slash == path.npos ? 0 : slash + 1);
}

std::optional<struct stat> look_at(int directory, const std::string& path) {
  struct stat about {};
  const int known = ::fstatat(directory, name_of(path), &about, AT_SYMLINK_NOFOLLOW);
  if (known != 0) return std::nullopt;
  return about;
}

[[noreturn]] void fail(const std::string& name) {
  throw failure(last_system_error(name));
}

[[noreturn]] void fail_in_use(const std::string& name, const std::string& by) {
  const auto code = std::make_error_code(std::errc::address_in_use);
  throw failure(error{code, name + ": address already in use" + by});
}

/// Returns if the socket at `address` was left over by a process that is gone.
///
/// Throws: failure with std::errc::address_in_use if something listens there
void refuse_unless_stale(const socket_address& address, const std::string& name) {
  const auto probe = make_socket(address, name);
  if (::connect(probe.get(), address.data(), address.size) != 0) {
    if (errno == ECONNREFUSED) return;
    fail_in_use(name, "");
  }
  ucred owner{};
  socklen_t size = sizeof owner;
  if (::getsockopt(probe.get(), SOL_SOCKET, SO_PEERCRED, &owner, &size) != 0) fail_in_use(name, "");
  fail_in_use(name, " by pid " + std::to_string(owner.pid) + ", uid " + std::to_string(owner.uid));
}

void bind_and_listen(int socket, const socket_address& address, const char* path, mode_t mode,
                     const std::string& name) {
  // bind() gives the file the mode of the socket without the bits of the umask: it may have to be
  // widened afterwards, but is never too wide.
  ::fchmod(socket, mode);
  if (::bind(socket, address.data(), address.size) != 0) fail(name);
  if (::chmod(path, mode) == 0 && ::listen(socket, SOMAXCONN) == 0) return;
  const auto problem = last_system_error(name);
  ::unlink(path);
  throw failure(problem);
}

/// Replaces the socket file at `path` by one of `socket`, in one step.
void replace(int socket, const std::string& path, mode_t mode, const directory_lock& locked,
             const std::string& name) {
  // Through the open directory, since the name of a file beside a long path might not fit into an
  // address. Nobody else who takes the lock uses this name.
  const auto beside = "/proc/self/fd/" + std::to_string(locked.directory()) + "/.chunk-" +
                      std::to_string(::getpid());
  ::unlink(beside.c_str());
  bind_and_listen(socket, unix_address(beside, unix_name::path), beside.c_str(), mode, name);
  if (::rename(beside.c_str(), path.c_str()) == 0) return;
  const auto problem = last_system_error(name);
  ::unlink(beside.c_str());
  throw failure(problem);
}

}  // namespace

socket_file::socket_file(int socket, const endpoint& where, const socket_address& address,
                         mode_t mode)
    : path_(where.name),
      directory_(::open(parent_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  const auto name = to_text(where);
  const directory_lock locked(directory_.get(), lock_timeout);
  if (!locked.held()) {
    if (errno == EWOULDBLOCK) fail_in_use(name, ": its directory stays locked");
    fail(name);
  }
  if (const auto standing = look_at(directory_.get(), path_)) {
    if (!S_ISSOCK(standing->st_mode)) fail_in_use(name, ": it is no socket");
    refuse_unless_stale(address, name);
    replace(socket, path_, mode, locked, name);
  } else {
    bind_and_listen(socket, address, path_.c_str(), mode, name);
  }
  if (const auto made = look_at(directory_.get(), path_)) {
    file_ = identity{made->st_dev, made->st_ino};
  }
}

socket_file::socket_file(socket_file&& other) noexcept
    : path_(std::move(other.path_)),
      directory_(std::move(other.directory_)),
      file_(std::exchange(other.file_, std::nullopt)) {}

void socket_file::remove() noexcept {
  if (!file_) return;
  const directory_lock locked(directory_.get(), removal_timeout);
  const auto standing = look_at(directory_.get(), path_);
  const bool ours = standing && identity{standing->st_dev, standing->st_ino} == *file_;
  if (ours && locked.held()) ::unlinkat(directory_.get(), name_of(path_), 0);
  file_.reset();
}

}  // namespace chunk::net
