// Exit statuses, and the messages on standard error.
#pragma once

#include <chunk/error.hpp>

#include <span>
#include <string>
#include <utility>

namespace tools::cli {

/// Exit statuses. Source: chunk-send(1), EXIT STATUS
enum status : int {
  success = 0,
  negative = 1,    ///< the tool has worked, and the result is negative
  usage = 2,       ///< the command line or a script is wrong
  connection = 3,  ///< connecting, listening or resolving failed, or the connection broke
  deadline = 4,    ///< a time limit was exceeded
  format = 5,      ///< the stream is not a sequence of whole chunks
  local = 6,       ///< a file or a standard stream failed
  skipped = 77,    ///< a script was skipped
};

/// A failure that carries the exit status of the tool.
class status_failure : public chunk::failure {
 public:
  status_failure(int status, chunk::error what) : failure(std::move(what)), status_(status) {}
  ~status_failure() override;

  int status() const { return status_; }

 private:
  int status_;
};

/// Prints "<tool>: <text>" on standard error.
void remark(const std::string& text);

/// Prints a line on standard error, without the name of the tool and without escaping.
void print_line(const std::string& text);

/// Prints lines that explain the message before them, indented.
void explain(std::span<const std::string> lines);

/// The exit status for a failure.
int status_of(const chunk::failure& reason);

/// Makes a failure with status usage, for a mistake in the command line.
chunk::failure wrong_usage(const std::string& text);

}  // namespace tools::cli
