// A mutex for coroutines that run on one thread.
#pragma once

#include "io/tasks.hpp"

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include <deque>
#include <memory>
#include <utility>

namespace tools::io {

/// Held by one coroutine at a time; waiting coroutines acquire it in the order in which they came.
class async_mutex {
 public:
  /// Holds the mutex, and releases it when destroyed.
  class lock {
   public:
    explicit lock(std::shared_ptr<async_mutex> of) : of_(std::move(of)) {}
    lock(lock&&) noexcept = default;
    lock& operator=(lock&&) noexcept = default;
    ~lock() {
      if (of_) of_->release();
    }

   private:
    std::shared_ptr<async_mutex> of_;
  };

  /// Waits until `which` is free, and locks it.
  static asio::awaitable<lock> acquire(std::shared_ptr<async_mutex> which) {
    const auto executor = co_await asio::this_coro::executor;
    if (std::exchange(which->locked_, true)) {
      const auto waiting =
          std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
      which->waiting_.push_back(waiting);
      co_await wait(*waiting);
    }
    co_return lock(std::move(which));
  }

 private:
  void release() {
    if (waiting_.empty()) {
      locked_ = false;
      return;
    }
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    next->cancel();  // the mutex stays locked, now by that coroutine
  }

  bool locked_ = false;
  std::deque<std::shared_ptr<asio::steady_timer>> waiting_;
};

}  // namespace tools::io
