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
#include <utility>

namespace chunk::net {
namespace {

using clock = std::chrono::steady_clock;

}  // namespace

/// The deadline_timers of one context, with the only timer of Asio that they need.
class deadline_queue final : public asio::execution_context::service {
 public:
  static inline asio::execution_context::id id;

  explicit deadline_queue(asio::io_context& context)
      : service(context), context_(context), timer_(context) {}

  /// Looks at `which` at the time `when`.
  ///
  /// Throws: std::bad_alloc; it is looked at later then, or not at all
  void put(deadline_timer& which, clock::time_point when) {
    if (!which.place_) {
      which.place_ = waiting_.emplace(when, &which);
    } else if ((*which.place_)->first > when) {
      move(which, when);
    }
    arm();
  }

  /// Says whether `which` is looked at by the time `when` without being put there.
  bool covers(const deadline_timer& which, clock::time_point when) const noexcept {
    return which.place_ && (*which.place_)->first <= when && armed_ != clock::time_point::max();
  }

  /// Forgets `which`, which is destroyed.
  void remove(deadline_timer& which) noexcept {
    if (calling_ == &which) calling_ = nullptr;
    take_out(which);
    if (!waiting_.empty()) return;
    timer_.cancel();  // or it would keep the context running
    armed_ = clock::time_point::max();
  }

 private:
  void shutdown() override {}

  void move(deadline_timer& which, clock::time_point when) {
    auto node = waiting_.extract(*which.place_);
    node.key() = when;
    which.place_ = waiting_.insert(std::move(node));
  }

  void take_out(deadline_timer& which) noexcept {
    if (which.place_) waiting_.erase(*std::exchange(which.place_, std::nullopt));
  }

  /// Waits for the first of them. Without memory for that, a wait in progress goes on.
  void arm() {
    if (waiting_.empty()) return;
    const auto first = waiting_.begin()->first;
    if (armed_ <= first) return;
    asio::steady_timer earlier(context_, first);
    earlier.async_wait([this](const std::error_code& aborted) {
      if (!aborted) on_timer();
    });
    timer_ = std::move(earlier);
    armed_ = first;
  }

  /// Returns: false if there is no memory for it
  bool try_to_arm() {
    try {
      arm();
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  void on_timer() {
    armed_ = clock::time_point::max();
    calling_ = nullptr;
    const auto now = clock::now();
    const auto is_time = [&] { return !waiting_.empty() && waiting_.begin()->first <= now; };
    for (;;) {
      while (is_time()) look_at(*waiting_.begin()->second, now);
      if (try_to_arm()) return;
      // Without memory, the first deadline passes early.
      expire(*waiting_.begin()->second);
    }
  }

  void look_at(deadline_timer& which, clock::time_point now) {
    const bool later = which.due_ > now && which.due_ != clock::time_point::max();
    if (later) return move(which, which.due_);
    expire(which);
  }

  /// Calls a timer, unless it was cleared.
  void expire(deadline_timer& which) {
    take_out(which);
    if (which.due_ == clock::time_point::max()) return;
    which.expired_ = true;
    // The function may destroy the timer.
    auto call = std::move(which.on_deadline_);
    calling_ = &which;
    const auto give_back = [&] {
      if (calling_) calling_->on_deadline_ = std::move(call);
      calling_ = nullptr;
    };
    try {
      call();
    } catch (...) {
      // What goes wrong for one of them is not to stop the others.
      give_back();
      try_to_arm();
      throw;
    }
    give_back();
  }

  asio::io_context& context_;
  asio::steady_timer timer_;
  clock::time_point armed_ = clock::time_point::max();  // when the wait in progress ends
  deadline_timer::schedule waiting_;
  deadline_timer* calling_ = nullptr;
};

deadline_timer::deadline_timer(asio::io_context& context, std::function<void()> on_deadline)
    : queue_(asio::use_service<deadline_queue>(context)), on_deadline_(std::move(on_deadline)) {}

deadline_timer::~deadline_timer() {
  queue_.remove(*this);
}

void deadline_timer::set(clock::time_point due) {
  expired_ = false;
  due_ = due;
  if (!queue_.covers(*this, due)) queue_.put(*this, due);
}

void deadline_timer::clear() noexcept {
  due_ = clock::time_point::max();
}

bool deadline_timer::expired() const noexcept {
  return expired_;
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
