// Child processes: a command run by the shell, with pipes to it, whose end is always noticed.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tools::io {

/// How a command ended.
struct child_end {
  int status = 0;  ///< of waitpid()

  bool succeeded() const;

  /// "status 3", "signal SEGV"
  std::string in_words() const;
};

/// Starts `sh -c command` in a process group of its own, with the default action for every signal
/// that a tool handles or ignores, and without any descriptor but its standard streams. It gets
/// SIGTERM should this process be killed.
///
/// Shape:   `streams` become its standard streams; `environment` is in force besides our own,
///          "NAME=VALUE", where "NAME" takes a variable away
/// Returns: the number of the process and of its group; -1 with errno set
pid_t spawn(const std::string& command, const std::array<int, 3>& streams,
            const std::vector<std::string>& environment = {});

/// A command that runs, and whatever it leaves running in its process group: all of it is killed
/// and reaped at the latest when this is destroyed.
///
/// The command's own end counts. What it has left running may hold its streams open and delays
/// nothing. One coroutine at a time may use each stream.
class child {
 public:
  /// Which streams are pipes to us, besides standard input. Those that are not are our own.
  struct pipes {
    bool output = true;
    bool errors = false;
  };

  /// Throws: local_failure when it cannot be started
  child(asio::io_context& context, const std::string& command, pipes which,
        const std::vector<std::string>& environment = {});
  ~child();
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  /// Writes what its standard input takes at once, and tells how many bytes that is. Nothing: it
  /// takes no more, or has ended.
  std::optional<std::size_t> feed_at_once(std::span<const std::byte> bytes) noexcept;

  /// Waits until its standard input may take something, or never will again.
  asio::awaitable<void> wait_writable();

  /// Writes all of `bytes` to its standard input. False: it takes no more, or has ended.
  ///
  /// Throws: failure with the system's code
  asio::awaitable<bool> feed(std::span<const std::byte> bytes);

  /// Ends its standard input.
  void end_input() noexcept;

  /// Reads what its standard output, or standard error, brings; a pipe that there is.
  ///
  /// Returns: the number of bytes; 0 when the stream has ended, or when the command has and nothing
  ///          is there that it wrote before
  /// Throws:  failure with the system's code
  asio::awaitable<std::size_t> read(std::span<std::byte> room);
  asio::awaitable<std::size_t> read_errors(std::span<std::byte> room);

  /// Says whether its standard output has brought something that was not read yet.
  bool has_output() const noexcept;

  /// Ends the command, and waits for nothing.
  void kill() noexcept;

  /// Waits until the command has ended.
  asio::awaitable<void> ended();

  /// Kills all that it has left running, and tells how it ended; once, after ended().
  child_end finish() noexcept;

 private:
  using descriptor = asio::posix::stream_descriptor;
  struct state;

  std::shared_ptr<state> state_;  // lives until its process is reaped
};

}  // namespace tools::io
