#include "io/tasks.hpp"

#include <asio/co_spawn.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <system_error>
#include <utility>

namespace tools::io {

void start(asio::io_context& context, asio::awaitable<void> work,
           std::function<void(const std::exception_ptr&)> done) {
  asio::co_spawn(context, std::move(work), std::move(done));
}

void start(asio::io_context& context, asio::awaitable<void> work) {
  start(context, std::move(work), [](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
}

asio::awaitable<void> wait(asio::steady_timer& timer) {
  std::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> pause(chunk::net::duration span) {
  return pause_until(std::chrono::steady_clock::now() + span);
}

asio::awaitable<void> pause_until(std::chrono::steady_clock::time_point due) {
  asio::steady_timer timer(co_await asio::this_coro::executor, due);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<pair_end> first_of(asio::awaitable<void> left, asio::awaitable<void> right) {
  const auto executor = co_await asio::this_coro::executor;
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(left), asio::experimental::deferred),
      asio::co_spawn(executor, std::move(right), asio::experimental::deferred));
  asio::experimental::wait_for_one first;
  auto [order, left_problem, right_problem] = co_await both.async_wait(first, asio::use_awaitable);
  co_return pair_end{order[0], std::move(left_problem), std::move(right_problem)};
}

}  // namespace tools::io
