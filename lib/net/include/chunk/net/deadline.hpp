// A deadline on anything that waits.
#pragma once

#include <chunk/error.hpp>
#include <chunk/net/asio_config.hpp>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace chunk::net {

/// Spans of time on the monotonic clock.
using duration = std::chrono::steady_clock::duration;

/// Shows a span of time as "5 s" or "250 ms".
std::string to_text(duration span);

/// A timer for something that waits often and sets a new deadline before each wait. Setting a later
/// deadline costs no more than reading the clock: the system's timer is moved only when it expires.
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
  struct state;
  std::shared_ptr<state> state_;
};

/// Runs `work`, and cancels it when it takes longer than `limit`. Work that is cancelled must end
/// soon and leave its objects in order; reading and writing in this library lose no byte.
///
/// Throws: failure with std::errc::timed_out and `late` as its detail, or whatever `work` throws
template <class T>
asio::awaitable<T> within(duration limit, asio::awaitable<T> work, std::string late) {
  // The operators of awaitable_operators.hpp wait for the timer when the work throws; this does
  // not.
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(work), asio::experimental::deferred),
      timer.async_wait(asio::experimental::deferred));
  asio::experimental::wait_for_one first;
  const auto judge = [&](const std::array<std::size_t, 2>& order, std::exception_ptr problem) {
    if (order[0] == 1) {
      throw failure(error{std::make_error_code(std::errc::timed_out), std::move(late)});
    }
    if (problem) std::rethrow_exception(problem);
  };
  if constexpr (std::is_void_v<T>) {
    const auto [order, problem, ignored] = co_await both.async_wait(first, asio::use_awaitable);
    judge(order, problem);
  } else {
    auto [order, problem, value, ignored] = co_await both.async_wait(first, asio::use_awaitable);
    judge(order, problem);
    co_return std::move(value);
  }
}

}  // namespace chunk::net
