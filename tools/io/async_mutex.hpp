// Lets coroutines of one thread in one at a time.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <deque>
#include <memory>
#include <system_error>
#include <utility>

namespace tools::io {

/// In the order in which they came.
class async_mutex {
 public:
  /// Lets the next one in when it goes.
  class turn {
   public:
    explicit turn(std::shared_ptr<async_mutex> of) : of_(std::move(of)) {}
    turn(turn&&) noexcept = default;
    turn& operator=(turn&&) noexcept = default;
    ~turn() {
      if (of_) of_->leave();
    }

   private:
    std::shared_ptr<async_mutex> of_;
  };

  static asio::awaitable<turn> enter(std::shared_ptr<async_mutex> into) {
    const auto executor = co_await asio::this_coro::executor;
    if (std::exchange(into->occupied_, true)) {
      const auto waiting =
          std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
      into->waiting_.push_back(waiting);
      std::error_code ignored;
      co_await waiting->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_return turn(std::move(into));
  }

 private:
  void leave() {
    if (waiting_.empty()) {
      occupied_ = false;
      return;
    }
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    next->cancel();  // it is occupied still, by that one
  }

  bool occupied_ = false;
  std::deque<std::shared_ptr<asio::steady_timer>> waiting_;
};

}  // namespace tools::io
