// Calls of the system that fail, or do less than they were asked for. Preloaded into a tool by a
// test; CHUNK_FAULTS says which:
//
// close: closing a file that was open for writing fails, as on a network file system with a quota
//
// bytes: reading and writing take one byte at a time, and every third call is interrupted
//
// clock: the time of day goes back by a minute whenever it is asked for
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <string_view>

namespace {

bool wanted(std::string_view what) {
  const char* const given = std::getenv("CHUNK_FAULTS");
  return given && what == given;
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

/// Says whether this call is to be interrupted.
bool interrupts() {
  static unsigned calls = 0;
  if (++calls % 3 != 0) return false;
  errno = EINTR;
  return true;
}

/// Only streams of bytes: of an event of the kernel no part can be read.
bool is_stream(int descriptor) {
  struct stat about {};
  return ::fstat(descriptor, &about) == 0 && (S_ISREG(about.st_mode) || S_ISFIFO(about.st_mode));
}

bool is_cut(int descriptor, std::size_t size) {
  return size > 1 && wanted("bytes") && is_stream(descriptor);
}

}  // namespace

extern "C" {

int close(int descriptor) {
  static const auto next = real<int (*)(int)>("close");
  struct stat about {};
  const int mode = ::fcntl(descriptor, F_GETFL);
  const bool written = mode >= 0 && (mode & O_ACCMODE) != O_RDONLY &&
                       ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
  const int out = next(descriptor);
  if (!written || !wanted("close")) return out;
  errno = EDQUOT;
  return -1;
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
  if (!is_cut(descriptor, size)) return next(descriptor, bytes, size);
  return interrupts() ? -1 : next(descriptor, bytes, 1);
}

ssize_t writev(int descriptor, const iovec* pieces, int count) {
  static const auto next = real<ssize_t (*)(int, const iovec*, int)>("writev");
  if (count < 1 || !is_cut(descriptor, pieces->iov_len)) return next(descriptor, pieces, count);
  return interrupts() ? -1 : ::write(descriptor, pieces->iov_base, 1);
}

ssize_t read(int descriptor, void* room, size_t size) {
  static const auto next = real<ssize_t (*)(int, void*, size_t)>("read");
  if (!is_cut(descriptor, size)) return next(descriptor, room, size);
  return interrupts() ? -1 : next(descriptor, room, 1);
}

int clock_gettime(clockid_t which, timespec* now) {
  static const auto next = real<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int out = next(which, now);
  if (which != CLOCK_REALTIME || !wanted("clock")) return out;
  static int minutes = 0;
  now->tv_sec -= 60 * ++minutes;
  return out;
}

}  // extern "C"
