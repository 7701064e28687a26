// Coroutines that run beside each other or wait for a time. A folder that uses these does not
// compile Asio's templates for them again.
#pragma once

#include <chunk/net/duration.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <cstddef>
#include <exception>
#include <functional>

namespace tools::io {

/// Starts a coroutine. `done` is called when it has ended, with what it has thrown or nullptr.
void start(asio::io_context& context, asio::awaitable<void> work,
           std::function<void(const std::exception_ptr&)> done);

/// Starts a coroutine. What it throws leaves the event loop, and so ends the tool.
void start(asio::io_context& context, asio::awaitable<void> work);

/// Waits until `timer` expires or is cancelled.
asio::awaitable<void> wait(asio::steady_timer& timer);

/// Waits for a span of time, or until a time. Throws: asio::error::operation_aborted if the
/// coroutine is cancelled
asio::awaitable<void> pause(chunk::net::duration span);
asio::awaitable<void> pause_until(std::chrono::steady_clock::time_point due);

/// How two coroutines have ended.
struct pair_end {
  std::size_t first;           ///< which one ended first: 0 or 1
  std::exception_ptr left{};   ///< what the first argument has thrown
  std::exception_ptr right{};  ///< what the second argument has thrown
};

/// Runs two coroutines until one of them ends, and cancels the other, which must end soon.
asio::awaitable<pair_end> first_of(asio::awaitable<void> left, asio::awaitable<void> right);

}  // namespace tools::io
