// Runs coroutines in a test case, with a time limit.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace support {

/// Chosen: much longer than any case needs, and below the limit of `meson test`.
inline constexpr std::chrono::seconds patience(20);

/// The result of a coroutine. For a coroutine without a value, `value` only says that it has
/// succeeded.
template <class T>
struct outcome {
  bool done = false;
  std::exception_ptr problem;
  std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> value;
};

template <class T>
using started = std::shared_ptr<outcome<T>>;

/// Starts `work` on `context`; finish() gives its result.
template <class T>
started<T> start(asio::io_context& context, asio::awaitable<T> work) {
  const auto out = std::make_shared<outcome<T>>();
  if constexpr (std::is_void_v<T>) {
    asio::co_spawn(context, std::move(work), [out](std::exception_ptr problem) {
      *out = {true, problem, true};
    });
  } else {
    asio::co_spawn(context, std::move(work), [out](std::exception_ptr problem, T value) {
      *out = {true, problem, std::move(value)};
    });
  }
  return out;
}

/// Runs `context` until `holds` does.
inline void run_until(asio::io_context& context, const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  context.restart();
  while (!holds()) {
    if (context.run_one_until(deadline) == 0) {
      throw std::logic_error(context.stopped() ? "nothing is left to run" : "waited too long");
    }
  }
}

/// Runs `context` until `work` is done; gives its value, or throws what it threw.
template <class T>
T finish(asio::io_context& context, const started<T>& work) {
  run_until(context, [&] { return work->done; });
  if (work->problem) std::rethrow_exception(work->problem);
  if constexpr (!std::is_void_v<T>) return std::move(*work->value);
}

/// Runs one coroutine to its end; gives its value, or throws what it threw.
template <class T>
T run(asio::io_context& context, asio::awaitable<T> work) {
  return finish(context, start(context, std::move(work)));
}

/// Runs everything that can continue without waiting.
inline void run_ready(asio::io_context& context) {
  context.restart();
  context.poll();
}

}  // namespace support
