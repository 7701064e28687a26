// A conversation of chunk-send with its peer: sends, and takes the replies in at the same time.
#pragma once

#include "output.hpp"
#include "script/actions.hpp"
#include "send/writer.hpp"
#include "text_lines.hpp"

#include <chunk/codec.hpp>
#include <chunk/deadline.hpp>
#include <chunk/protocol.hpp>
#include <chunk/stream.hpp>
#include <chunk/transport.hpp>

#include <asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <span>

namespace sending {

struct settings {
  chunk::protocol rules;     ///< for replies shown as text
  form written = form::raw;  ///< of the stream that is passed on
  std::uint32_t max_chunk = chunk::max_length;
  std::uint64_t most_replies = std::numeric_limits<std::uint64_t>::max();
  std::optional<chunk::duration> timeout;  ///< without progress, and for one step that reads
};

/// One conversation over a transport that outlives it, held once.
class conversation {
 public:
  /// `steps` stay where they are.
  conversation(chunk::transport& link, std::span<const script::action> steps, settings how);

  /// Performs the steps, or without any passes on the stream `from`; then ends its half and copies
  /// the replies that no step took to standard output, until the peer ends.
  ///
  /// Throws: failure; when the connection was lost, with the number of bytes sent
  asio::awaitable<void> hold(chunk::transport* from);

 private:
  asio::awaitable<void> perform(const script::action& step);
  asio::awaitable<void> read_for(const script::action& step);
  asio::awaitable<void> read_raw(const script::action& step);
  void judge(const script::action& step, const chunk::view& reply);
  asio::awaitable<chunk::part> next_reply(const script::action& step);
  asio::awaitable<void> alongside_reading(asio::awaitable<void> work);
  asio::awaitable<bool> send_rest(chunk::transport* from);
  asio::awaitable<bool> copy_replies();
  asio::awaitable<bool> more_replies();
  [[noreturn]] void give_up(std::exception_ptr problem);
  void take(const chunk::part& reply);
  bool enough() const { return replies_ == how_.most_replies; }

  chunk::transport& link_;
  std::span<const script::action> steps_;  // those still to be performed
  settings how_;
  std::size_t reading_;  // of the steps, those up to the last that waits for the peer
  writer writer_;
  chunk::receiver receiver_;
  cli::output out_;
  cli::text_lines lines_;
  std::uint64_t replies_ = 0;
  bool sending_ = true;
  std::chrono::steady_clock::time_point sent_at_{};  // when sending ended
  std::exception_ptr unsent_;                        // why it ended early
};

}  // namespace sending
