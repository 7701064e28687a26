// How far a stream has come, on standard error.
#pragma once

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

/// What is left of standard input, in bytes, if it is a regular file.
std::optional<std::uint64_t> size_of_standard_input();

/// One line on a terminal that changes as a stream passes, and at the end a line with the totals.
/// Where standard error is no terminal, nothing. After SIGUSR1 one plain line wherever it is.
///
/// There is one at a time. It costs an addition and a comparison for each call of add().
class progress {
 public:
  /// Does nothing unless it is `wanted`. `size` is the number of bytes to come, where it is known.
  progress(asio::io_context& context, bool wanted, std::optional<std::uint64_t> size);

  /// Ends with the totals, also where the stream has failed.
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// Counts what has passed.
  void add(std::uint64_t bytes, std::uint64_t chunks) {
    bytes_ += bytes;
    chunks_ += chunks;
    if (bytes_ >= look_at_) look();
  }

  /// Counts bytes that are still to come on those known from the beginning.
  void expect(std::uint64_t bytes) { size_ = size_.value_or(0) + bytes; }

 private:
  using clock = std::chrono::steady_clock;

  void look();
  void report();
  void draw(clock::time_point now);
  std::string totals(clock::time_point now) const;

  bool wanted_;
  bool terminal_ = false;
  std::optional<std::uint64_t> size_;
  std::uint64_t bytes_ = 0;
  std::uint64_t chunks_ = 0;
  std::uint64_t look_at_;  // the clock is read no sooner
  clock::time_point begin_ = clock::now();
  clock::time_point drawn_ = begin_;
  std::uint64_t drawn_bytes_ = 0;
  double rate_ = 0;  // bytes a second, of late
  chunk::net::deadline_timer alarm_;
};

}  // namespace tools::cli
