#include "io/files.hpp"

#include <chunk/byte_block.hpp>
#include <chunk/framing.hpp>
#include <chunk/net/duration.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

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

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::optional<milliseconds>& reading_limit() {
  static std::optional<milliseconds> out;
  return out;
}

/// Makes the error of a file that cannot be opened for `problem`, a code of the system.
chunk::error unopened(int problem, const std::string& path) {
  struct stat about {};
  const bool is_socket =
      problem == ENXIO && ::stat(path.c_str(), &about) == 0 && S_ISSOCK(about.st_mode);
  if (!is_socket) return {std::error_code(problem, std::system_category()), path};
  return {std::make_error_code(std::errc::no_such_device_or_address),
          path + ": a socket, and no file"};
}

/// Waits until something can be read, or the limit has passed. Returns: whether something can
bool is_readable_in_time(int file, milliseconds limit) {
  const auto until = clock::now() + limit;
  pollfd state{file, POLLIN, 0};
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - clock::now());
    const auto span = std::max(left, milliseconds(0));
    const int ready = ::poll(&state, 1, static_cast<int>(span.count()));
    if (ready >= 0 || errno != EINTR) return ready != 0;
  }
}

chunk::result<contents> read_all(input_file& file, const std::string& path) {
  std::vector<std::byte> out;
  for (std::size_t size = 1; size > 0 && out.size() <= chunk::max_length;) {
    const auto held = out.size();
    out.resize(held + block);
    const auto got = file.read(std::span(out).subspan(held));
    if (!got) return tl::unexpected(got.error());
    size = *got;
    out.resize(held + size);
  }
  if (out.size() > chunk::max_length) {
    return tl::unexpected(chunk::error{std::make_error_code(std::errc::file_too_large),
                                       path + ": longer than 4 GiB"});
  }
  return out;
}

using taker = std::function<void(std::span<const std::byte>)>;

/// As read_all(), piece by piece.
chunk::result<void> take_all(input_file& file, const taker& take) {
  chunk::byte_block piece(block);
  for (;;) {
    const auto got = file.read(std::span(piece));
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) return {};
    take(std::span<const std::byte>(piece).first(*got));
  }
}

}  // namespace

bool is_standard_input(const std::string& path) {
  if (path == "-") return true;
  struct stat standard {};
  struct stat named {};
  return ::fstat(STDIN_FILENO, &standard) == 0 && ::stat(path.c_str(), &named) == 0 &&
         (S_ISFIFO(named.st_mode) || S_ISSOCK(named.st_mode)) && standard.st_dev == named.st_dev &&
         standard.st_ino == named.st_ino;
}

void limit_reading(milliseconds limit) {
  reading_limit() = limit;
}

// With a limit, a FIFO without a writer is opened at once, and waited for when it is read.
input_file::input_file(std::string path)
    : path_(std::move(path)),
      number_(::open(path_.c_str(),
                     O_RDONLY | O_CLOEXEC | (reading_limit().has_value() ? O_NONBLOCK : 0))),
      problem_(number_ < 0 ? errno : 0) {}

input_file::input_file(standard) : path_("-"), number_(STDIN_FILENO), problem_(0) {}

input_file::~input_file() {
  if (number_ > STDIN_FILENO) ::close(number_);
}

chunk::result<std::size_t> input_file::read(std::span<std::byte> room) {
  if (number_ < 0) return tl::unexpected(unopened(problem_, path_));
  const auto limit = reading_limit();
  if (limit && !is_readable_in_time(number_, *limit)) {
    return tl::unexpected(
        chunk::error{std::make_error_code(std::errc::timed_out),
                     path_ + ": nothing to read for " + chunk::net::to_text(*limit)});
  }
  const auto got = read_some(number_, room);
  if (got < 0) return tl::unexpected(chunk::last_system_error(path_));
  return static_cast<std::size_t>(got);
}

chunk::result<std::vector<std::byte>> load_file(const std::string& path) {
  if (!is_standard_input(path)) {
    input_file file(path);
    return read_all(file, path);
  }
  auto& input = the_standard_input();
  if (input.taken) return named_twice();
  if (input.loaded) return *input.loaded;
  input_file file{input_file::standard()};
  auto out = read_all(file, path);
  if (out) input.loaded = *out;
  return out;
}

chunk::result<void> take_standard_input() {
  auto& input = the_standard_input();
  if (input.taken || input.loaded) return named_twice();
  input.taken = true;
  return {};
}

chunk::result<void> take_file(const std::string& path, const taker& take) {
  if (!is_standard_input(path)) {
    input_file file(path);
    return take_all(file, take);
  }
  const auto free = take_standard_input();
  if (!free) return tl::unexpected(free.error());
  input_file file{input_file::standard()};
  return take_all(file, take);
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
  int problem = there ? 0 : errno;
  if (there && S_ISDIR(about.st_mode)) problem = EISDIR;
  if (there && S_ISSOCK(about.st_mode)) problem = ENXIO;
  if (problem == 0) return {};
  return tl::unexpected(unopened(problem, path));
}

std::string_view byte_order_mark(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) return "UTF-8";
  return text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff") ? "UTF-16" : "";
}

}  // namespace tools::io
