#include "file_copy.hpp"

#include <chunk/error.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <span>
#include <system_error>

namespace chunk::net {
namespace {

using file_clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Chosen: some times the CAs of a whole system.
constexpr std::size_t largest_file = 4 * 1024 * 1024;

/// How long to wait for the writer of a pipe. Chosen: as for connecting.
constexpr auto writer_patience = 5s;

[[noreturn]] void fail_to_copy(const std::string& path) {
  throw local_failure(last_system_error(path));
}

[[noreturn]] void fail_to_copy(const std::string& path, std::errc why, const char* text) {
  throw local_failure(error{std::make_error_code(why), path + ": " + text});
}

/// Reads without waiting, or in the case of a pipe until `until`. Returns: 0 at the end
std::size_t read_piece(int from, std::span<std::byte> room, bool waits,
                       file_clock::time_point until, const std::string& path) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - file_clock::now()).count();
    if (waits && left <= 0) fail_to_copy(path, std::errc::timed_out, "nothing is written to it");
    pollfd state{from, POLLIN, 0};
    // A pipe that nobody has opened yet for writing looks like one at its end to read().
    if (waits && ::poll(&state, 1, static_cast<int>(left)) <= 0) continue;
    const auto got = ::read(from, room.data(), room.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR && !(waits && errno == EAGAIN)) fail_to_copy(path);
  }
}

void put_all(int to, std::span<const std::byte> bytes, const std::string& path) {
  while (!bytes.empty()) {
    const auto put = ::write(to, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail_to_copy(path);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

}  // namespace

file_copy::file_copy(const std::string& path, source which)
    : held_(::memfd_create("chunk", MFD_CLOEXEC)) {
  if (held_.get() < 0) fail_to_copy(path);
  // Opening a pipe without O_NONBLOCK would wait for a writer, without a limit.
  const unique_descriptor from(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (from.get() < 0) fail_to_copy(path);
  struct stat about {};
  if (::fstat(from.get(), &about) != 0) fail_to_copy(path);
  const bool waits = S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode) || S_ISSOCK(about.st_mode);
  if (waits && which == source::regular) {
    fail_to_copy(path, std::errc::invalid_seek, "not a regular file, and cannot be read again");
  }
  const auto until = file_clock::now() + writer_patience;
  std::array<std::byte, 16 * 1024> room;
  std::size_t size = 0;
  while (const auto got = read_piece(from.get(), room, waits, until, path)) {
    size += got;
    if (size > largest_file)
      fail_to_copy(path, std::errc::file_too_large, "too large for certificates");
    put_all(held_.get(), std::span(room).first(got), path);
  }
  name_ = "/proc/self/fd/" + std::to_string(held_.get());
}

}  // namespace chunk::net
