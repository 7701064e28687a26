// Child processes: commands run by the shell, with pipes to their standard streams.
#pragma once

#include <chunk/framing.hpp>
#include <chunk/id.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tools::io {

/// How many bytes a pipe takes before its writer has to wait. Source: pipe(7)
inline constexpr std::size_t pipe_capacity = 64 * 1024;

/// How a command ended.
struct child_end {
  std::optional<int> status{};  ///< of waitpid(); nullopt: the system cannot tell

  bool succeeded() const;

  /// Says whether the shell has found no program to execute, or could not execute it.
  bool was_not_executed() const;

  /// "status 3", "signal SEGV", "an unknown status"
  std::string in_words() const;
};

/// Starts `sh -c command` in a session and a process group of its own, without a terminal, with the
/// default action for every signal that a tool handles or ignores, and without any descriptor other
/// than its standard streams. The kernel sends it SIGTERM if this process is killed.
///
/// Shape:   `streams` become its standard streams; `environment` is added to the environment of
///          this process: "NAME=VALUE" sets a variable, "NAME" removes it
/// Returns: the ID of the process, which is also that of its group; -1 with errno set on failure
pid_t spawn(const std::string& command, const std::array<int, 3>& streams,
            const std::vector<std::string>& environment = {});

/// Adds a variable for each field of a header to an environment, such as "CHUNK_FIELD_STREAM=1".
void append_fields(std::vector<std::string>& environment, const chunk::framing& how,
                   const chunk::header& from);

/// Descriptors of a running command with three pipes: those, and one that signals its end.
inline constexpr std::uint64_t descriptors_of_child = 4;

/// A running command with its process group. When this is destroyed, all processes in the group
/// are killed and the command is reaped.
///
/// Only the end of the command itself is waited for: processes that it has left running may keep
/// its streams open without delaying anything. One coroutine at a time may use each stream.
class child {
 public:
  /// Whose standard error it has: that of this process, or a pipe to it. Its standard input and
  /// output are pipes.
  enum class errors { inherited, piped };

  /// Throws: local_failure if the command cannot be started
  child(asio::io_context& context, const std::string& command, errors where = errors::inherited,
        const std::vector<std::string>& environment = {});
  ~child();
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  /// Writes to its standard input as much as is possible without waiting.
  ///
  /// Returns: the number of bytes written; nullopt if its standard input is closed or the command
  ///          has ended
  std::optional<std::size_t> feed_at_once(std::span<const std::byte> bytes) noexcept;

  /// Waits until its standard input is writable or closed, or the command has ended.
  asio::awaitable<void> wait_writable();

  /// Writes all of `bytes` to its standard input.
  ///
  /// Returns: false if its standard input is closed or the command has ended
  /// Throws:  local_failure
  asio::awaitable<bool> feed(std::span<const std::byte> bytes);

  /// Closes its standard input.
  void end_input() noexcept;

  /// Reads from its standard output or standard error, which has to be a pipe.
  ///
  /// Returns: the number of bytes; 0 at the end of the stream, or if the command has ended and all
  ///          that it wrote has been read
  /// Throws:  local_failure
  asio::awaitable<std::size_t> read(std::span<std::byte> room);
  asio::awaitable<std::size_t> read_errors(std::span<std::byte> room);

  /// Says whether there is unread output on its standard output.
  bool has_output() const noexcept;

  /// Kills the command and its process group without waiting.
  void kill() noexcept;

  /// Waits until the command has ended.
  asio::awaitable<void> ended();

  /// Kills all processes that the command has left running, and gives its status. To be called
  /// once, after ended().
  child_end finish() noexcept;

 private:
  using descriptor = asio::posix::stream_descriptor;
  struct state;

  std::shared_ptr<state> state_;  // lives until the process is reaped
};

}  // namespace tools::io
