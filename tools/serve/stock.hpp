// Things that are lent out; those who wait for one get it in the order in which they came.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <deque>
#include <list>
#include <optional>
#include <system_error>
#include <utility>

namespace serve {

/// Outlives the work of all who wait.
template <class T>
class stock {
 public:
  explicit stock(asio::io_context& context) : context_(context) {}

  /// Adds one, or gives it to whoever waits longest.
  void put(T one) {
    if (waiting_.empty()) return free_.push_back(std::move(one));
    auto& first = *waiting_.front();
    waiting_.pop_front();
    first.called = true;
    first.given = std::move(one);
    first.wake.cancel();
  }

  /// Takes one away, unless it is lent.
  void remove(const T& one) { std::erase(free_, one); }

  /// Takes the one that was put last, if there is one.
  std::optional<T> try_take() {
    if (free_.empty()) return std::nullopt;
    std::optional<T> out(std::move(free_.back()));
    free_.pop_back();
    return out;
  }

  /// Waits for one. Nobody gets it if that is cancelled.
  asio::awaitable<T> take() {
    if (auto one = try_take()) co_return std::move(*one);
    waiter self(*this);
    while (!self.given) {
      std::error_code ignored;
      co_await self.wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_return std::move(*std::exchange(self.given, std::nullopt));
  }

 private:
  struct waiter {
    explicit waiter(stock& from)
        : of(from),
          wake(from.context_, asio::steady_timer::time_point::max()),
          at(from.waiting_.insert(from.waiting_.end(), this)) {}

    ~waiter() {
      if (given) {
        of.put(std::move(*given));
      } else if (!called) {
        of.waiting_.erase(at);
      }
    }
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    stock& of;
    asio::steady_timer wake;
    std::optional<T> given;
    bool called = false;  // is in the list no more
    typename std::list<waiter*>::iterator at;
  };

  asio::io_context& context_;
  std::deque<T> free_;
  std::list<waiter*> waiting_;
};

}  // namespace serve
