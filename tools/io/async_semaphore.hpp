// A counting semaphore for coroutines that run on one thread.
#pragma once

#include "io/tasks.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <cstdint>
#include <list>

namespace tools::io {

/// Waiting coroutines acquire it in the order in which they came. It has to outlive them.
class async_semaphore {
 public:
  async_semaphore(asio::io_context& context, std::uint64_t count)
      : context_(context), free_(count) {}

  /// Adds one to the count, or lets the coroutine continue that has waited longest.
  void release() {
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    auto& first = *waiting_.front();
    waiting_.pop_front();
    first.called = first.holds = true;
    first.wake.cancel();
  }

  /// Waits until the count is above zero, and subtracts one. If the wait is cancelled, the count
  /// does not change.
  asio::awaitable<void> acquire() {
    if (free_ > 0) {
      --free_;
      co_return;
    }
    waiter self(*this);
    while (!self.holds) {
      co_await wait(self.wake);
    }
    self.holds = false;
  }

 private:
  struct waiter {
    explicit waiter(async_semaphore& from)
        : of(from),
          wake(from.context_, asio::steady_timer::time_point::max()),
          at(from.waiting_.insert(from.waiting_.end(), this)) {}

    ~waiter() {
      if (holds) {
        of.release();
      } else if (!called) {
        of.waiting_.erase(at);
      }
    }
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    async_semaphore& of;
    asio::steady_timer wake;
    bool holds = false;   // released to this coroutine, which has not continued yet
    bool called = false;  // removed from the list
    std::list<waiter*>::iterator at;
  };

  asio::io_context& context_;
  std::uint64_t free_;
  std::list<waiter*> waiting_;
};

}  // namespace tools::io
