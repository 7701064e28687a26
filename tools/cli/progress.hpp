// How far a stream has come, on standard error.
#pragma once

#include "cli/signals.hpp"

#include <chunk/net/deadline.hpp>

#include <asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tools::cli {

class command_line;

/// Adds --progress.
void add_progress(command_line& line, bool& out);

/// The bytes that are left of standard input.
///
/// Returns: nullopt unless it is a regular file
std::optional<std::uint64_t> size_of_standard_input();

/// Who receives the signals that end the process while there is a progress.
enum class ends_by {
  default_action,  ///< nobody, or an interruption
  owner,           ///< somebody who calls end_by_signal()
};

/// Shows on standard error how far a stream has come: on a terminal a line that is redrawn, and the
/// totals at the end; elsewhere nothing. SIGUSR1 prints the totals so far in either case.
///
/// There is one at a time. A call of add() costs an addition and a comparison.
class progress {
 public:
  /// Does nothing unless it is `wanted`. `size` is the number of bytes to come, where it is known.
  /// `ends` says who receives the signals that end the process.
  progress(asio::io_context& context, bool wanted, std::optional<std::uint64_t> size,
           ends_by ends = ends_by::default_action);

  /// Prints the totals, also after a failure of the stream.
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// Counts what has passed.
  void add(std::uint64_t bytes, std::uint64_t chunks) {
    bytes_ += bytes;
    chunks_ += chunks;
    if (bytes_ >= look_at_) look();
  }

  /// Adds to the number of bytes to come.
  void expect(std::uint64_t bytes) { size_ = size_.value_or(0) + bytes; }

 private:
  using clock = std::chrono::steady_clock;

  void look();
  void report();
  void finish();
  void draw(clock::time_point now);
  std::string totals(clock::time_point now) const;

  bool wanted_;
  bool terminal_ = false;
  bool draws_ = false;  // a line, on a terminal that can erase it
  std::optional<std::uint64_t> size_;
  std::uint64_t bytes_ = 0;
  std::uint64_t chunks_ = 0;
  std::uint64_t look_at_;  // the value of bytes_ at which the clock is read again
  clock::time_point begin_ = clock::now();
  clock::time_point drawn_ = begin_;
  std::uint64_t drawn_bytes_ = 0;
  double rate_ = 0;  // bytes a second, smoothed
  chunk::net::deadline_timer timer_;
  // On a terminal, where the line must not stay as it is.
  std::optional<last_act> at_end_;
  std::optional<interruption> interrupted_;
};

}  // namespace tools::cli
