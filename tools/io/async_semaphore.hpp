// A number of slots; those who wait for one get it in the order in which they came.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <cstdint>
#include <list>
#include <system_error>

namespace tools::io {

/// Outlives the work of all who wait.
class async_semaphore {
 public:
  async_semaphore(asio::io_context& context, std::uint64_t count)
      : context_(context), free_(count) {}

  /// Frees one, or gives it to whoever waits longest.
  void give_back() {
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    auto& first = *waiting_.front();
    waiting_.pop_front();
    first.called = first.holds = true;
    first.wake.cancel();
  }

  /// Waits for one. Nobody gets it if that is cancelled.
  asio::awaitable<void> take() {
    if (free_ > 0) {
      --free_;
      co_return;
    }
    waiter self(*this);
    while (!self.holds) {
      std::error_code ignored;
      co_await self.wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
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
        of.give_back();
      } else if (!called) {
        of.waiting_.erase(at);
      }
    }
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    async_semaphore& of;
    asio::steady_timer wake;
    bool holds = false;   // a slot that take() has not handed on
    bool called = false;  // is in the list no more
    std::list<waiter*>::iterator at;
  };

  asio::io_context& context_;
  std::uint64_t free_;
  std::list<waiter*> waiting_;
};

}  // namespace tools::io
