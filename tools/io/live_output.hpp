// Standard output beside a conversation that must not wait for it.
#pragma once

#include "io/prompt_stdout.hpp"

#include <chunk/net/deadline.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

namespace tools::io {

/// Writes whole records, without a wait, as far as the reader takes them. A bounded queue holds
/// what it does not take yet; records that find it full are left out, and counted.
///
/// Others that share standard output do not notice: their writes wait as before.
class live_output {
 public:
  /// Gives the line that stands where so many records were left out.
  using notice = std::function<std::string(std::uint64_t count)>;

  live_output(asio::io_context& context, notice tell);
  live_output(const live_output&) = delete;
  live_output& operator=(const live_output&) = delete;

  /// The text of the present record, to append to.
  std::string& text() { return text_; }

  /// Ends the present record, unless it is empty.
  ///
  /// Throws: as flush()
  void commit();

  /// Writes what is taken at once; the rest follows while the context runs.
  ///
  /// Throws: local_failure; std::errc::broken_pipe when nobody reads any more
  void flush();

  /// Writes what is taken within `limit`, waiting for it, and leaves out the rest.
  ///
  /// Throws: as flush()
  void finish(chunk::net::duration limit);

  /// Records left out so far.
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
  std::size_t begin_ = 0;           // of what is not written yet, in the queue
  std::uint64_t queued_ = 0;        // bytes, ever
  std::deque<std::uint64_t> ends_;  // of the records in the queue, as values of queued_
  std::uint64_t missing_ = 0;       // records left out since the last notice
  std::uint64_t dropped_ = 0;
};

}  // namespace tools::io
