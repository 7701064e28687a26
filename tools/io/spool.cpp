#include "io/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace tools::io {
namespace {

/// Returns: a descriptor, or a negative number with errno set
int make_unnamed_file(const std::string& directory) {
  const int made = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  if (made >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return made;
  // The file system does not support O_TMPFILE.
  auto path = directory + "/chunk-XXXXXX";
  const int named = ::mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(path.c_str());
  return named;
}

std::string choose_directory() {
  const char* const given = std::getenv("TMPDIR");
  return given && *given ? given : "/tmp";
}

}  // namespace

spool_failure::~spool_failure() = default;

bool spool_budget::take(std::uint64_t count) {
  if (count > most_ - used_) return false;
  used_ += count;
  return true;
}

spool::spool(spool_budget& budget)
    : budget_(budget), directory_(choose_directory()), file_(make_unnamed_file(directory_)) {
  if (file_ < 0) fail();
}

spool::~spool() {
  ::close(file_);
  budget_.give_back(size_);
}

void spool::fail() const {
  throw spool_failure(chunk::last_system_error("temporary file in " + directory_));
}

bool spool::append(std::span<const std::byte> bytes) {
  if (!budget_.take(bytes.size())) return false;
  const auto end = size_;
  size_ += bytes.size();  // counted now, so that the destructor gives it back even after a failure
  for (auto at = end; at < size_;) {
    const auto rest = bytes.subspan(at - end);
    const auto put = ::pwrite(file_, rest.data(), rest.size(), static_cast<off_t>(at));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail();
    at += static_cast<std::uint64_t>(put);
  }
  return true;
}

std::span<const std::byte> spool::read(std::uint64_t offset, std::span<std::byte> room) const {
  for (;;) {
    const auto got = ::pread(file_, room.data(), room.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail();
    return room.first(static_cast<std::size_t>(got));
  }
}

}  // namespace tools::io
