// Descriptors, pairs of them and temporary directories, closed or removed at the end of their
// scope.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace support {

/// Throws the current value of errno if a system call has failed.
inline int checked(int outcome, const char* call) {
  if (outcome < 0) throw std::system_error(errno, std::system_category(), call);
  return outcome;
}

/// Owns a descriptor.
class descriptor {
 public:
  explicit descriptor(int value) : value_(checked(value, "descriptor")) {}
  ~descriptor() { close(); }
  descriptor(descriptor&& other) noexcept : value_(other.release()) {}
  descriptor& operator=(descriptor&&) = delete;

  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

  void close() {
    if (value_ >= 0) ::close(std::exchange(value_, -1));
  }

 private:
  int value_;
};

struct pipe_ends {
  descriptor out;
  descriptor in;
};

inline pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  checked(::pipe2(ends.data(), O_CLOEXEC), "pipe");
  return {descriptor(ends[0]), descriptor(ends[1])};
}

struct socket_ends {
  descriptor near;
  descriptor far;
};

inline socket_ends make_socket_pair() {
  std::array<int, 2> ends{};
  checked(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  return {descriptor(ends[0]), descriptor(ends[1])};
}

inline bool is_open(int number) {
  return ::fcntl(number, F_GETFD) >= 0;
}

inline bool is_blocking(int number) {
  return (checked(::fcntl(number, F_GETFL), "fcntl") & O_NONBLOCK) == 0;
}

/// Writes all of `text`, which must be possible without waiting.
inline void put(int number, std::string_view text) {
  const auto count = ::write(number, text.data(), text.size());
  if (count != static_cast<ssize_t>(text.size())) throw std::runtime_error("a short write");
}

/// Reads everything up to the end of the stream.
inline std::string get_all(int number) {
  std::string out;
  std::array<char, 4096> room{};
  for (;;) {
    const auto count = ::read(number, room.data(), room.size());
    checked(static_cast<int>(count), "read");
    if (count == 0) return out;
    out.append(room.data(), static_cast<std::size_t>(count));
  }
}

/// A directory that is removed with its contents.
class temporary_directory {
 public:
  temporary_directory() {
    auto pattern = (std::filesystem::temp_directory_path() / "chunk-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) checked(-1, "mkdtemp");
    path_ = pattern;
  }
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  std::string file(std::string_view name) const { return path_ + '/' + std::string(name); }

 private:
  std::string path_;
};

/// Ignores SIGPIPE as the tools do, so that a write to a closed pipe fails.
class without_pipe_signal {
 public:
  without_pipe_signal() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  ~without_pipe_signal() { std::signal(SIGPIPE, before_); }
  without_pipe_signal(const without_pipe_signal&) = delete;
  without_pipe_signal& operator=(const without_pipe_signal&) = delete;

 private:
  void (*before_)(int);
};

/// Makes every attempt to open a descriptor fail.
class without_descriptors {
 public:
  without_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    auto now = before_;
    now.rlim_cur = static_cast<rlim_t>(descriptor(::dup(STDIN_FILENO)).get());
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~without_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  without_descriptors(const without_descriptors&) = delete;
  without_descriptors& operator=(const without_descriptors&) = delete;

 private:
  rlimit before_{};
};

}  // namespace support
