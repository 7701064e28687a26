// A deadline on anything that waits.
#pragma once

#include <chunk/error.hpp>
#include <chunk/net/asio_config.hpp>
#include <chunk/net/duration.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace chunk::net {

class deadline_queue;

/// A timer for something that waits often and sets a new deadline before each wait. Setting a later
/// deadline costs no more than reading the clock. All those of a context share one timer of Asio,
/// so that thousands of them take little memory.
class deadline_timer {
 public:
  /// `on_deadline` is called when a deadline passes, to end the wait. It may destroy this object.
  deadline_timer(asio::io_context& context, std::function<void()> on_deadline);
  ~deadline_timer();
  deadline_timer(const deadline_timer&) = delete;
  deadline_timer& operator=(const deadline_timer&) = delete;

  /// Sets the deadline; expired() is false again.
  ///
  /// Throws: std::bad_alloc
  void set(std::chrono::steady_clock::time_point due);
  void set(duration limit) { set(std::chrono::steady_clock::now() + limit); }

  /// Removes the deadline.
  void clear() noexcept;

  /// Says whether the last deadline that was set has passed.
  bool expired() const noexcept;

 private:
  friend class deadline_queue;

  using schedule = std::multimap<std::chrono::steady_clock::time_point, deadline_timer*>;

  deadline_queue& queue_;
  std::function<void()> on_deadline_;
  std::chrono::steady_clock::time_point due_ = std::chrono::steady_clock::time_point::max();
  std::optional<schedule::iterator> place_;  // in the queue, never behind the deadline
  bool expired_ = false;
};

/// Runs `work`, and cancels it when it takes longer than `limit`. Work that is cancelled must end
/// soon and leave its objects in order; reading and writing in this library lose no byte.
///
/// Throws: failure with std::errc::timed_out and `late` as its detail, or whatever `work` throws
asio::awaitable<void> within(duration limit, asio::awaitable<void> work, std::string late);

/// Like within() above, for work that has a result.
template <class T>
asio::awaitable<T> within(duration limit, asio::awaitable<T> work, std::string late) {
  std::optional<T> out;
  auto keeping = [](asio::awaitable<T> from, std::optional<T>& to) -> asio::awaitable<void> {
    to = co_await std::move(from);
  };
  auto kept = keeping(std::move(work), out);
  co_await within(limit, std::move(kept), std::move(late));
  co_return std::move(*out);
}

}  // namespace chunk::net
