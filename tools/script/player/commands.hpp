// The commands of a script: run to their end, or servers that are ended with the script.
#pragma once

#include "io/child.hpp"

#include <chunk/net/duration.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tools::script {

/// How a command ended, and its output.
struct command_end : io::child_end {
  std::vector<std::string> output;  ///< its last lines, as plain ASCII
};

/// The commands of one script or case. Each has its own process group and an empty standard input;
/// its output is kept in a file. When this is destroyed, all of them are ended, and their files and
/// sockets are removed.
class commands {
 public:
  explicit commands(asio::io_context& context);
  ~commands();
  commands(const commands&) = delete;
  commands& operator=(const commands&) = delete;

  /// Runs a command by sh -c.
  ///
  /// Throws: failure with std::errc::timed_out after `limit`, when it has been killed;
  /// local_failure
  asio::awaitable<command_end> run(std::string command, chunk::net::duration limit);

  /// Gives a new address for a server: a Unix socket in a temporary directory.
  std::string fresh_address();

  /// Starts a server.
  ///
  /// Throws: local_failure
  void start(const std::string& command);

  /// The last lines of output so far of the server that was started last.
  std::vector<std::string> last_output() const;

  /// Gives a server that has exited by itself with a failure; once for each.
  std::optional<std::string> trouble(command_end& end);

  /// Ends everything that is running by SIGTERM, and by SIGKILL if it is still running two seconds
  /// later, and removes the files and sockets.
  void end_all() noexcept;

 private:
  struct process;

  std::unique_ptr<process> spawn(const std::string& command);
  const std::string& directory();
  void remove_directory() noexcept;

  asio::io_context& context_;
  std::string directory_;  // with a file for each command's output, and the sockets
  std::size_t made_ = 0;   // files and sockets so far
  std::vector<std::unique_ptr<process>> started_;
  std::vector<process*> running_;
};

}  // namespace tools::script
