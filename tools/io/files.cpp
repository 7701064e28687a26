#include "io/files.hpp"

#include <chunk/framing.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace tools::io {

ssize_t read_some(int descriptor, std::span<std::byte> room) {
  for (;;) {
    const auto got = ::read(descriptor, room.data(), room.size());
    if (got >= 0 || (errno != EINTR && errno != EAGAIN)) return got;
    if (errno == EINTR) continue;
    pollfd state{descriptor, POLLIN, 0};
    ::poll(&state, 1, -1);
  }
}

namespace {

using contents = std::vector<std::byte>;

/// What has become of standard input, of which a process has one.
struct standard_input {
  bool taken = false;
  std::optional<contents> loaded;
};

standard_input& the_standard_input() {
  static standard_input out;
  return out;
}

tl::unexpected<chunk::error> named_twice() {
  return tl::unexpected(
      chunk::error{chunk::errc::bad_notation, "'-': standard input is read by something else"});
}

constexpr std::size_t block = 64 * 1024;  // chosen: one read of a file

chunk::result<contents> read_all(int file, const std::string& path) {
  std::vector<std::byte> out;
  std::optional<chunk::error> problem;
  for (ssize_t got = 1; got > 0 && out.size() <= chunk::max_length;) {
    const auto held = out.size();
    out.resize(held + block);
    got = read_some(file, std::span(out).subspan(held));
    if (got < 0) problem = chunk::last_system_error(path);
    out.resize(held + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  if (problem) return tl::unexpected(*problem);
  if (out.size() > chunk::max_length) {
    return tl::unexpected(chunk::error{std::make_error_code(std::errc::file_too_large),
                                       path + ": longer than 4 GiB"});
  }
  return out;
}

}  // namespace

chunk::result<std::vector<std::byte>> load_file(const std::string& path) {
  if (path == "-") {
    auto& input = the_standard_input();
    if (input.taken) return named_twice();
    if (input.loaded) return *input.loaded;
    auto out = read_all(STDIN_FILENO, path);
    if (out) input.loaded = *out;
    return out;
  }
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return tl::unexpected(chunk::last_system_error(path));
  auto out = read_all(file, path);
  ::close(file);
  return out;
}

chunk::result<void> take_standard_input() {
  auto& input = the_standard_input();
  if (input.taken || input.loaded) return named_twice();
  input.taken = true;
  return {};
}

chunk::result<void> take_file(const std::string& path,
                              const std::function<void(std::span<const std::byte>)>& take) {
  int file = STDIN_FILENO;
  if (path == "-") {
    const auto free = take_standard_input();
    if (!free) return tl::unexpected(free.error());
  } else {
    file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return tl::unexpected(chunk::last_system_error(path));
  }
  std::vector<std::byte> piece(block);
  ssize_t got = 1;
  while (got > 0) {
    got = read_some(file, piece);
    if (got > 0) take(std::span<const std::byte>(piece).first(static_cast<std::size_t>(got)));
  }
  const auto problem = chunk::last_system_error(path);
  if (file != STDIN_FILENO) ::close(file);
  if (got < 0) return tl::unexpected(problem);
  return {};
}

void refuse_output_as_input(const std::string& path) {
  struct stat in {};
  struct stat out {};
  const bool standard = path == "-";
  const int known = standard ? ::fstat(STDIN_FILENO, &in) : ::stat(path.c_str(), &in);
  if (known != 0 || ::fstat(STDOUT_FILENO, &out) != 0) return;
  if (!S_ISREG(in.st_mode) || in.st_dev != out.st_dev || in.st_ino != out.st_ino) return;
  const auto here = standard ? ::lseek(STDIN_FILENO, 0, SEEK_CUR) : 0;
  if (here >= in.st_size) return;
  const auto reason = std::make_error_code(std::errc::invalid_argument);
  const auto name = standard ? "standard input" : path;
  throw chunk::local_failure(chunk::error{reason, name + ": is also standard output"});
}

chunk::result<void> check_readable(const std::string& path) {
  if (path == "-") return {};
  struct stat about {};
  const bool there = ::stat(path.c_str(), &about) == 0 && ::access(path.c_str(), R_OK) == 0;
  if (there && S_ISDIR(about.st_mode)) errno = EISDIR;
  if (there && !S_ISDIR(about.st_mode)) return {};
  return tl::unexpected(chunk::last_system_error(path));
}

std::string_view byte_order_mark(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) return "UTF-8";
  return text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff") ? "UTF-16" : "";
}

}  // namespace tools::io
