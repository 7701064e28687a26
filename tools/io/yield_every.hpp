// Turns for others beside work that never waits.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <cstdint>

namespace tools::io {

/// From a file to a file nothing ever waits; signals and clocks have their turn all the same.
class yield_every {
 public:
  /// Counts bytes that have passed, and lets the others run once that is worth it.
  asio::awaitable<void> after(std::uint64_t bytes) {
    since_ += bytes;
    if (since_ < in_one) co_return;
    since_ = 0;
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
  }

 private:
  /// Chosen: so many bytes take some milliseconds at most, and a turn of the others microseconds.
  static constexpr std::uint64_t in_one = 4 * 1024 * 1024;

  std::uint64_t since_ = 0;
};

}  // namespace tools::io
