#include "chunk/net/deadline.hpp"

#include <asio/co_spawn.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <exception>
#include <new>
#include <system_error>

namespace chunk::net {
namespace {

using clock = std::chrono::steady_clock;

}  // namespace

/// The timer's handler may outlive this, so it holds a weak pointer.
struct deadline_timer::state : std::enable_shared_from_this<state> {
  state(asio::io_context& context, std::function<void()> call)
      : timer(context), on_deadline(std::move(call)) {}

  void arm() {
    armed = true;
    timer.expires_at(due);
    timer.async_wait([weak = weak_from_this()](std::error_code aborted) {
      const auto self = weak.lock();
      if (!self || aborted) return;
      self->armed = false;
      if (self->due == clock::time_point::max()) return;
      if (clock::now() >= self->due || !self->try_to_arm()) {
        self->expired = true;
        self->on_deadline();
      }
    });
  }

  /// Returns: false if there is no memory for it; the deadline then passes early
  bool try_to_arm() noexcept {
    try {
      arm();
      return true;
    } catch (const std::bad_alloc&) {
      armed = false;
      return false;
    }
  }

  asio::steady_timer timer;
  std::function<void()> on_deadline;
  clock::time_point due = clock::time_point::max();
  bool armed = false;
  bool expired = false;
};

deadline_timer::deadline_timer(asio::io_context& context, std::function<void()> on_deadline)
    : state_(std::make_shared<state>(context, std::move(on_deadline))) {}

deadline_timer::~deadline_timer() = default;

void deadline_timer::set(clock::time_point due) {
  state_->expired = false;
  state_->due = due;
  if (state_->armed && state_->timer.expiry() <= due) return;
  try {
    state_->arm();
  } catch (const std::bad_alloc&) {
    state_->armed = false;
    throw;
  }
}

void deadline_timer::clear() noexcept {
  state_->due = clock::time_point::max();
}

bool deadline_timer::expired() const noexcept {
  return state_->expired;
}

asio::awaitable<void> within(duration limit, asio::awaitable<void> work, std::string late) {
  // The operators of awaitable_operators.hpp wait for the timer when the work throws; this does
  // not.
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(work), asio::experimental::deferred),
      timer.async_wait(asio::experimental::deferred));
  asio::experimental::wait_for_one first;
  const auto [order, problem, ignored] = co_await both.async_wait(first, asio::use_awaitable);
  if (order[0] == 1) {
    throw failure(error{std::make_error_code(std::errc::timed_out), std::move(late)});
  }
  if (problem) std::rethrow_exception(problem);
}

}  // namespace chunk::net
