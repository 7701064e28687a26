// Commands of a script: run to their end, or servers that end with it.
#pragma once

#include "io/child.hpp"

#include <chunk/net/deadline.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tools::script {

/// How a command ended, and what it said.
struct command_end : io::child_end {
  std::vector<std::string> output;  ///< its last lines, as plain ASCII
};

/// The commands of one script, or of one case. Each is a process group of its own, with nothing on
/// its standard input; what it prints is kept in a file. At the latest when this is destroyed, all
/// of them are ended, and the files and sockets they were given are gone.
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

  /// Gives an address for a server: a Unix socket in a directory of our own. Another one each time.
  std::string fresh_address();

  /// Starts a server.
  ///
  /// Throws: local_failure
  void start(const std::string& command);

  /// The last lines that the server started last has printed so far.
  std::vector<std::string> last_output() const;

  /// Says which of those started has ended by itself, and not well; once for each.
  std::optional<std::string> trouble(command_end& end);

  /// Ends all that is running, by SIGTERM and, where that does not help for two seconds, by
  /// SIGKILL, and removes the files and sockets.
  void end_all() noexcept;

 private:
  struct process;

  std::unique_ptr<process> spawn(const std::string& command);
  const std::string& directory();

  asio::io_context& context_;
  std::string directory_;  // with a file for each command's output, and the sockets
  std::size_t made_ = 0;   // files and sockets so far
  std::vector<std::unique_ptr<process>> started_;
  std::vector<process*> running_;
};

}  // namespace tools::script
