// Exit statuses, and the one line on standard error that goes with each.
#pragma once

#include <chunk/error.hpp>

#include <span>
#include <string>
#include <utility>

namespace tools::cli {

/// Exit statuses. Source: chunk-send(1), EXIT STATUS
enum status : int {
  success = 0,
  negative = 1,    ///< ran, and the answer is no
  usage = 2,       ///< wrong command line or script
  connection = 3,  ///< cannot connect, listen or resolve; lost
  deadline = 4,    ///< took too long
  format = 5,      ///< the stream is broken
  local = 6,       ///< local input or output failed
  skipped = 77,    ///< a script was skipped
};

/// A failure that says itself which status the tool ends with.
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

/// Prints a line as it is on standard error.
void print_line(const std::string& text);

/// Prints lines that belong to the last remark, indented.
void explain(std::span<const std::string> lines);

/// The status that a failure ends a tool with.
int status_of(const chunk::failure& reason);

/// A mistake in the command line, found after parsing.
chunk::failure wrong_usage(const std::string& text);

}  // namespace tools::cli
