// Standard output of a program that must not wait for the reader of its output.
#pragma once

#include "io/prompt_stdout.hpp"

#include <chunk/net/duration.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

namespace tools::io {

/// Writes whole records without waiting. A bounded queue holds records that the reader is too slow
/// for; when it is full, further records are dropped and counted.
///
/// Other processes that share standard output are not affected: their writes block as before.
class live_output {
 public:
  /// Gives the line that replaces `count` dropped records.
  using notice = std::function<std::string(std::uint64_t count)>;

  live_output(asio::io_context& context, notice tell);
  live_output(const live_output&) = delete;
  live_output& operator=(const live_output&) = delete;

  /// The text of the current record, to append to.
  std::string& text() { return text_; }

  /// Ends the current record, unless it is empty.
  ///
  /// Throws: as flush()
  void commit();

  /// Writes as much as is possible without waiting; the rest is written while the context runs.
  ///
  /// Throws: local_failure, with std::errc::broken_pipe if there is no reader any more
  void flush();

  /// Writes as much as the reader accepts within `limit`, blocking meanwhile, and drops the rest.
  ///
  /// Throws: as flush()
  void finish(chunk::net::duration limit);

  /// Records dropped so far.
  std::uint64_t dropped() const { return dropped_; }

 private:
  std::size_t pending() const { return queue_.size() - begin_; }
  void write_pending();
  void tell_of_gap();
  asio::awaitable<void> write_on();

  asio::io_context& context_;
  notice tell_;
  io::prompt_stdout written_;
  bool waiting_ = false;
  std::string text_;
  std::string queue_;
  std::size_t begin_ = 0;           // position in the queue of the first byte not written yet
  std::uint64_t queued_ = 0;        // bytes queued in total
  std::deque<std::uint64_t> ends_;  // the values of queued_ at the ends of the queued records
  std::uint64_t missing_ = 0;       // records dropped since the last notice
  std::uint64_t dropped_ = 0;
};

}  // namespace tools::io
