// Yielding to other coroutines in work that never waits.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <cstdint>

namespace tools::io {

/// Yields every 4 MiB so that copying does not starve signals and timers.
class yield_every {
 public:
  /// Counts bytes that were copied, and yields if there were enough since the last time.
  asio::awaitable<void> after(std::uint64_t bytes) {
    since_ += bytes;
    if (since_ < interval) co_return;
    since_ = 0;
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
  }

 private:
  /// Chosen: copying this many bytes takes a few milliseconds, and yielding some microseconds.
  static constexpr std::uint64_t interval = 4 * 1024 * 1024;

  std::uint64_t since_ = 0;
};

}  // namespace tools::io
