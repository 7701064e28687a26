#include "io/new_file.hpp"

#include <chunk/error.hpp>

#include <fmt/core.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace tools::io {
namespace {

/// Chosen: more than are ever taken already; mkstemp() tries a similar number.
constexpr int most_names = 1000;

/// The mode of files created by redirection in a shell, before the umask.
constexpr mode_t mode = 0666;

/// A name that no other process uses at the same time.
std::string temporary_name(int count) {
  return fmt::format(".{}-{}-{}", program_invocation_short_name, ::getpid(), count);
}

}  // namespace

directory::directory(std::string path, bool synchronized)
    : path_(std::move(path)),
      synchronized_(synchronized),
      // Only a directory that can be read can be synchronized.
      descriptor_(
          ::open(path_.c_str(), (synchronized ? O_RDONLY : O_PATH) | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) throw chunk::local_failure(chunk::last_system_error(path_));
}

directory::~directory() {
  ::close(descriptor_);
}

new_file::new_file(const directory& in)
    : in_(in), file_(::openat(in.descriptor(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode)) {
  if (file_ >= 0) return;
  if (errno != EOPNOTSUPP && errno != EISDIR) fail({});
  for (int count = 0; file_ < 0 && count < most_names; ++count) {
    temporary_ = temporary_name(count);
    file_ = ::openat(in.descriptor(), temporary_.c_str(),
                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (file_ < 0 && errno != EEXIST) break;
  }
  if (file_ >= 0) return;
  temporary_.clear();
  fail({});
}

new_file::~new_file() {
  if (!temporary_.empty()) ::unlinkat(in_.descriptor(), temporary_.c_str(), 0);
  ::close(file_);
}

void new_file::fail(const std::string& name) const {
  const auto& path = in_.path();
  const auto* const between = name.empty() || path.ends_with('/') ? "" : "/";
  throw chunk::local_failure(chunk::last_system_error(path + between + name));
}

void new_file::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto put = ::write(file_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail({});
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

/// Some file systems tell only when a descriptor is closed that a disk or a quota is full. A copy
/// of the descriptor is closed, since a file without a name lasts only as long as one is open.
bool new_file::try_confirm() const noexcept {
  if (in_.is_synchronized() && ::fsync(file_) != 0) return false;
  const int copy = ::fcntl(file_, F_DUPFD_CLOEXEC, 0);
  return copy >= 0 && ::close(copy) == 0;
}

void new_file::confirm(const std::string& name) const {
  if (!try_confirm()) fail(name);
}

/// Gives a file without a name one. Unlike a rename, a link never replaces anything.
bool new_file::link(const std::string& name) const {
  const auto own = fmt::format("/proc/self/fd/{}", file_);
  return ::linkat(AT_FDCWD, own.c_str(), in_.descriptor(), name.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

void new_file::publish(const std::string& name) {
  confirm(name);
  const bool done = temporary_.empty() ? link(name)
                                       : ::linkat(in_.descriptor(), temporary_.c_str(),
                                                  in_.descriptor(), name.c_str(), 0) == 0;
  if (!done) fail(name);
  if (in_.is_synchronized() && ::fsync(in_.descriptor()) != 0) fail({});
}

void new_file::replace(const std::string& name) {
  confirm(name);
  for (int count = 0; temporary_.empty() && count < most_names; ++count) {
    const auto next = temporary_name(count);
    if (link(next)) {
      temporary_ = next;
    } else if (errno != EEXIST) {
      fail(name);
    }
  }
  if (::renameat(in_.descriptor(), temporary_.c_str(), in_.descriptor(), name.c_str()) != 0) {
    fail(name);
  }
  temporary_.clear();
  if (in_.is_synchronized() && ::fsync(in_.descriptor()) != 0) fail({});
}

void new_file::take_after(const struct stat& other) {
  const bool same_owner = ::fchown(file_, other.st_uid, other.st_gid) == 0;
  // Of a file that belongs to another, the bits that lend an identity would lend a different one.
  const mode_t bits = same_owner ? 07777 : 0777;
  if (::fchmod(file_, other.st_mode & bits) != 0) fail({});
}

}  // namespace tools::io
