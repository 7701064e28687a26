#include "socket_file.hpp"

#include "unix_name.hpp"

#include <chunk/error.hpp>
#include <chunk/net/deadline.hpp>

#include <fmt/core.h>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

namespace chunk::net {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// Chosen: a process holds the lock for some milliseconds on a busy machine. One that holds it for
// longer is stuck or malicious, and every client waits while a file is removed.
constexpr duration lock_timeout = 200ms;
constexpr duration lock_pause = 2ms;

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Opens a directory. One that may not be read cannot be locked, but be used to reach its files.
int open_directory(const std::string& path) {
  const int out = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return out < 0 ? ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC) : out;
}

/// Holds the lock on a directory while it exists, unless that is impossible.
class directory_lock {
 public:
  explicit directory_lock(int directory) : directory_(directory) {
    const auto until = clock::now() + lock_timeout;
    while (::flock(directory_, LOCK_EX | LOCK_NB) != 0) {
      const bool held_by_another = errno == EWOULDBLOCK || errno == EINTR;
      if (!held_by_another || clock::now() >= until) return;
      std::this_thread::sleep_for(lock_pause);
    }
    held_ = true;
  }
  ~directory_lock() {
    if (held_) ::flock(directory_, LOCK_UN);
  }
  directory_lock(const directory_lock&) = delete;
  directory_lock& operator=(const directory_lock&) = delete;

  bool held() const { return held_; }

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

void bind_file_and_listen(int socket, const socket_address& address, const char* path, mode_t mode,
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

/// A name that no other socket has: those of other processes with the same number, in other PID
/// namespaces, have other inodes.
std::string own_name(int socket) {
  struct stat about {};
  ::fstat(socket, &about);
  return fmt::format(".chunk-{}-{}", ::getpid(), about.st_ino);
}

bool is_same(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/// Binds a socket to a name of its own beside the final one, and gives it that one.
class newcomer {
 public:
  /// `directory` is open. Throws: failure about `name`
  newcomer(int socket, int directory, mode_t mode, const std::string& name)
      : directory_(directory), file_(own_name(socket)), name_(name) {
    // Through the open directory, since the name of a file beside a long path might not fit into an
    // address.
    const auto path = "/proc/self/fd/" + std::to_string(directory) + '/' + file_;
    remove();
    bind_file_and_listen(socket, unix_address(path, unix_name::path), path.c_str(), mode, name);
  }

  /// Takes a name that has to be free, in one step.
  void take_free(const std::string& path) {
    if (rename_by(RENAME_NOREPLACE, path)) return;
    // Not every file system can do that.
    const bool linked =
        errno == EINVAL && ::linkat(directory_, file_.c_str(), directory_, name_of(path), 0) == 0;
    const auto problem = last_system_error(name_);
    remove();
    if (linked) return;
    if (problem.code == std::errc::file_exists) fail_in_use(name_, "");
    throw failure(problem);
  }

  /// Takes the place of a stale file, in one step. If another server has been quicker, its file is
  /// put back.
  void replace(const std::string& path, const struct stat& stale) {
    if (rename_by(RENAME_EXCHANGE, path)) {
      const auto taken = look_at(directory_, file_);
      const bool right = taken && is_same(*taken, stale);
      if (!right) rename_by(RENAME_EXCHANGE, path);
      remove();
      if (!right) fail_in_use(name_, "");
      return;
    }
    // Not every file system can exchange files.
    const bool cannot = errno == EINVAL || errno == ENOSYS || errno == ENOENT;
    if (cannot && rename_by(0, path)) return;
    const auto problem = last_system_error(name_);
    remove();
    throw failure(problem);
  }

 private:
  /// renameat2(2), which <stdio.h> declares for programs that print.
  bool rename_by(unsigned how, const std::string& path) const {
    return ::syscall(SYS_renameat2, directory_, file_.c_str(), directory_, name_of(path), how) == 0;
  }

  void remove() const { ::unlinkat(directory_, file_.c_str(), 0); }

  int directory_;
  std::string file_;
  const std::string& name_;
};

}  // namespace

socket_file::socket_file(int socket, const endpoint& where, const socket_address& address,
                         mode_t mode)
    : path_(where.name), directory_(open_directory(parent_of(path_))) {
  const auto name = to_text(where);
  if (directory_.get() < 0) fail(name);
  const directory_lock locked(directory_.get());
  if (const auto standing = look_at(directory_.get(), path_)) {
    if (!S_ISSOCK(standing->st_mode)) fail_in_use(name, ": it is no socket");
    refuse_unless_stale(address, name);
    newcomer(socket, directory_.get(), mode, name).replace(path_, *standing);
  } else if (locked.held()) {
    bind_file_and_listen(socket, address, path_.c_str(), mode, name);
  } else {
    // Between bind() and listen() a socket looks stale to servers that do not wait for the lock.
    newcomer(socket, directory_.get(), mode, name).take_free(path_);
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
  const directory_lock locked(directory_.get());
  const auto standing = look_at(directory_.get(), path_);
  const bool ours = standing && identity{standing->st_dev, standing->st_ino} == *file_;
  if (ours) ::unlinkat(directory_.get(), name_of(path_), 0);
  file_.reset();
}

}  // namespace chunk::net
