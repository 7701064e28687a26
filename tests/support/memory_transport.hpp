// A transport in memory, whose other side behaves as the test says.
#pragma once

#include "support/bytes.hpp"

#include <chunk/error.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace support {

/// The other side of a memory_transport: how it behaves, and what it has seen.
struct far_side {
  static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();

  /// What it sends: a read gets at most one piece. An empty piece makes the reader wait once.
  std::vector<std::string> pieces{};
  bool ends = true;               ///< the stream ends after the pieces; otherwise nothing follows
  bool seekable = false;          ///< bytes can be skipped, within a piece
  std::size_t takes = never;      ///< the most bytes that it takes in one write
  bool hesitates = false;         ///< every second write has to wait
  std::size_t stalls_at = never;  ///< bytes after which it takes no more
  std::size_t queued = 0;         ///< bytes written that unacked() reports, one fewer at each call
  std::size_t read_fails_at = never;                 ///< bytes sent after which reading fails
  std::size_t write_fails_at = never;                ///< bytes taken after which writing fails
  std::errc write_failure = std::errc::broken_pipe;  ///< how it fails

  std::string taken{};           ///< all bytes written to it
  std::size_t reads = 0;         ///< calls of try_read() that gave bytes or the end
  std::size_t writes = 0;        ///< calls of try_write() that took bytes
  std::size_t read_waits = 0;    ///< waits until readable
  std::size_t write_waits = 0;   ///< waits until writable
  std::size_t largest_room = 0;  ///< bytes asked for in one read
  std::uint64_t skipped = 0;     ///< bytes skipped
  bool saw_end = false;          ///< shutdown_write() was called
  bool saw_reset = false;        ///< reset() was called
  bool closed = false;           ///< the transport was destroyed
};

/// Reads and writes as `far` says, which has to outlive it. Waits end through the context.
class memory_transport final : public chunk::net::transport {
 public:
  memory_transport(asio::io_context& context, far_side& far)
      : transport("memory", {}), context_(context), far_(far), silence_(context) {
    silence_.expires_at(asio::steady_timer::time_point::max());
  }

  ~memory_transport() override { far_.closed = true; }

  asio::awaitable<bool> wait_readable() override {
    ++far_.read_waits;
    const auto cancels = cancels_;
    co_await asio::post(context_, asio::use_awaitable);
    if (cancels_ != cancels) co_return false;
    if (at_ < far_.pieces.size() && far_.pieces[at_].empty()) ++at_;
    if (at_ < far_.pieces.size() || far_.ends || read_fails()) co_return true;
    co_return co_await wait_in_vain();
  }

  asio::awaitable<bool> wait_writable() override {
    ++far_.write_waits;
    const auto cancels = cancels_;
    co_await asio::post(context_, asio::use_awaitable);
    if (cancels_ != cancels) co_return false;
    hesitating_ = false;
    if (far_.taken.size() < far_.stalls_at) co_return true;
    co_return co_await wait_in_vain();
  }

  std::optional<std::size_t> unacked() const noexcept override {
    if (far_.queued > 0) --far_.queued;
    return far_.queued;
  }

  void shutdown_write() noexcept override { far_.saw_end = true; }

  void reset() noexcept override {
    far_.saw_reset = true;
    cancel();
  }

  void cancel() noexcept override {
    ++cancels_;
    silence_.cancel();
  }

 private:
  bool read_fails() const { return bytes_read() >= far_.read_fails_at; }

  asio::awaitable<bool> wait_in_vain() {
    std::error_code ended;
    co_await silence_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
    co_return false;
  }

  std::optional<std::size_t> read_now(std::span<std::byte> room) override {
    step();
    far_.largest_room = std::max(far_.largest_room, room.size());
    if (read_fails()) fail(std::errc::connection_reset);
    if (at_ == far_.pieces.size() && !far_.ends) return std::nullopt;
    if (at_ < far_.pieces.size() && far_.pieces[at_].empty()) return std::nullopt;
    ++far_.reads;
    if (at_ == far_.pieces.size()) return 0;
    const auto rest = bytes(far_.pieces[at_]).subspan(used_);
    const auto count = std::min({rest.size(), room.size(), far_.read_fails_at - bytes_read()});
    std::copy_n(rest.begin(), count, room.begin());
    used_ += count;
    step();
    return count;
  }

  /// Moves to the next piece when the current one is used up.
  void step() {
    if (used_ == 0 || used_ < far_.pieces[at_].size()) return;
    used_ = 0;
    ++at_;
  }

  std::optional<std::size_t> write_now(std::span<const std::byte> given) override {
    if (far_.taken.size() >= far_.write_fails_at) fail(far_.write_failure);
    const auto most = std::min(far_.stalls_at, far_.write_fails_at) - far_.taken.size();
    const auto count = std::min({given.size(), far_.takes, most});
    if (hesitating_ || count == 0) return std::nullopt;
    ++far_.writes;
    far_.taken += chars(given.first(count));
    hesitating_ = far_.hesitates;
    return count;
  }

  std::uint64_t skip_now(std::uint64_t count) override {
    if (!far_.seekable || at_ == far_.pieces.size()) return 0;
    const auto moved = std::min<std::uint64_t>(count, far_.pieces[at_].size() - used_);
    used_ += moved;
    far_.skipped += moved;
    return moved;
  }

  [[noreturn]] void fail(std::errc reason) const {
    const std::error_code code(static_cast<int>(reason), std::system_category());
    throw chunk::failure(chunk::error{code, name()});
  }

  asio::io_context& context_;
  far_side& far_;
  asio::steady_timer silence_;
  std::size_t at_ = 0;    // index of the current piece
  std::size_t used_ = 0;  // bytes used of the current piece
  std::size_t cancels_ = 0;
  bool hesitating_ = false;
};

}  // namespace support
