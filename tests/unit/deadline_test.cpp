#include "support/run.hpp"

#include <chunk/net/deadline.hpp>

#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

using namespace std::literals;
using support::run;

namespace {

/// Waits until it is cancelled, and says so.
asio::awaitable<void> wait_for_cancel(bool& cancelled) {
  asio::steady_timer never(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  std::error_code problem;
  co_await never.async_wait(asio::redirect_error(asio::use_awaitable, problem));
  cancelled = problem == asio::error::operation_aborted;
}

asio::awaitable<int> answer_at_once() {
  co_return 42;
}

asio::awaitable<std::unique_ptr<std::string>> answer_after(chunk::net::duration span) {
  asio::steady_timer timer(co_await asio::this_coro::executor, span);
  co_await timer.async_wait(asio::use_awaitable);
  co_return std::make_unique<std::string>("late but there");
}

asio::awaitable<int> fail_after(chunk::net::duration span) {
  asio::steady_timer timer(co_await asio::this_coro::executor, span);
  co_await timer.async_wait(asio::use_awaitable);
  throw std::logic_error("its own");
}

asio::awaitable<void> set(bool& done) {
  done = true;
  co_return;
}

/// The failure of work that takes longer than `limit`.
chunk::error lateness(chunk::net::duration limit, asio::awaitable<void> work) {
  asio::io_context context{1};
  try {
    run(context, chunk::net::within(limit, std::move(work), "nothing came"));
  } catch (const chunk::failure& reason) {
    return {reason.code(), reason.what()};
  }
  return {};
}

}  // namespace

TEST_CASE("work within its deadline gives its value and does not wait for the deadline") {
  asio::io_context context{1};
  CHECK(run(context, chunk::net::within(24h, answer_at_once(), "late")) == 42);
  const auto text = run(context, chunk::net::within(24h, answer_after(1ms), "late"));
  REQUIRE(text);
  CHECK(*text == "late but there");
}

TEST_CASE("work without a value runs within a deadline as well") {
  asio::io_context context{1};
  bool done = false;
  run(context, chunk::net::within(24h, set(done), "late"));
  CHECK(done);
}

TEST_CASE("an exception of the work is passed on at once") {
  asio::io_context context{1};
  CHECK_THROWS_WITH_AS(run(context, chunk::net::within(24h, fail_after(0s), "late")), "its own",
                       std::logic_error);
  CHECK_THROWS_WITH_AS(run(context, chunk::net::within(24h, fail_after(1ms), "late")), "its own",
                       std::logic_error);
}

TEST_CASE("late work ends with a timeout and only the given text") {
  bool cancelled = false;
  const auto problem = lateness(1ms, wait_for_cancel(cancelled));
  CHECK(problem.code == std::make_error_code(std::errc::timed_out));
  CHECK(problem.code.category() == std::generic_category());
  CHECK(problem.detail == "nothing came");
}

TEST_CASE("late work is cancelled") {
  bool cancelled = false;
  lateness(1ms, wait_for_cancel(cancelled));
  CHECK(cancelled);
}

TEST_CASE("a deadline that is over before the work starts still ends it") {
  bool cancelled = false;
  CHECK(lateness(-1s, wait_for_cancel(cancelled)).detail == "nothing came");
}

TEST_CASE("of two nested deadlines the earlier one is reported") {
  asio::io_context context{1};
  bool cancelled = false;
  auto outer_first = chunk::net::within(24h, wait_for_cancel(cancelled), "inner");
  CHECK_THROWS_WITH_AS(run(context, chunk::net::within(1ms, std::move(outer_first), "outer")),
                       "outer", chunk::failure);
  CHECK(cancelled);
  auto inner_first = chunk::net::within(1ms, wait_for_cancel(cancelled), "inner");
  CHECK_THROWS_WITH_AS(run(context, chunk::net::within(24h, std::move(inner_first), "outer")),
                       "inner", chunk::failure);
}

TEST_CASE("a deadline_timer expires once its last deadline has passed, and not before") {
  asio::io_context context{1};
  int rung = 0;
  chunk::net::deadline_timer one(context, [&] { ++rung; });
  const auto began = std::chrono::steady_clock::now();
  one.set(24h);
  one.set(20ms);
  CHECK(!one.expired());
  support::run_until(context, [&] { return rung > 0; });
  CHECK(one.expired());
  CHECK(std::chrono::steady_clock::now() - began >= 20ms);
  // A later deadline does not move the timer, which must not expire early.
  one.set(5ms);
  one.set(began + 60ms);
  CHECK(!one.expired());
  support::run_until(context, [&] { return rung > 1; });
  CHECK(std::chrono::steady_clock::now() - began >= 60ms);
  CHECK(rung == 2);
}

TEST_CASE("a deadline_timer that is cleared or destroyed does not expire") {
  asio::io_context context{1};
  bool rung = false;
  bool over = false;
  chunk::net::deadline_timer cleared(context, [&] { rung = true; });
  cleared.set(1ms);
  cleared.clear();
  {
    chunk::net::deadline_timer gone(context, [&] { rung = true; });
    gone.set(1ms);
  }
  chunk::net::deadline_timer last(context, [&] { over = true; });
  last.set(20ms);
  support::run_until(context, [&] { return over; });
  CHECK(!rung);
}

TEST_CASE("many deadline_timers expire in the order of their deadlines") {
  asio::io_context context{1};
  std::vector<std::unique_ptr<chunk::net::deadline_timer>> all;
  std::vector<int> order;
  const auto began = std::chrono::steady_clock::now();
  for (const int each : {3, 1, 4, 0, 2, 5}) {
    auto note = [&order, each] { order.push_back(each); };
    all.push_back(std::make_unique<chunk::net::deadline_timer>(context, note));
    all.back()->set(began + each * 1ms);
  }
  all.back()->set(24h);
  support::run_until(context, [&] { return order.size() == 5; });
  CHECK(order == std::vector{0, 1, 2, 3, 4});
}

TEST_CASE("a deadline_timer that is destroyed does not keep its context running") {
  asio::io_context context{1};
  {
    chunk::net::deadline_timer one(context, [] {});
    chunk::net::deadline_timer other(context, [] {});
    one.set(24h);
    other.set(12h);
  }
  context.run_for(10s);
  CHECK(context.stopped());
}

TEST_CASE("a deadline_timer expires again after its function has set it") {
  asio::io_context context{1};
  int rung = 0;
  std::optional<chunk::net::deadline_timer> one;
  one.emplace(context, [&] {
    if (++rung < 3) one->set(1ms);
  });
  one->set(1ms);
  context.run();
  CHECK(rung == 3);
}

TEST_CASE("the function that a deadline_timer calls may destroy it") {
  asio::io_context context{1};
  std::unique_ptr<chunk::net::deadline_timer> one;
  bool rung = false;
  one = std::make_unique<chunk::net::deadline_timer>(context, [&] {
    one.reset();
    rung = true;
  });
  one->set(1ms);
  support::run_until(context, [&] { return rung; });
  CHECK(!one);
}

TEST_CASE("a duration is shown in seconds, or in milliseconds if necessary") {
  CHECK(chunk::net::to_text(0s) == "0 s");
  CHECK(chunk::net::to_text(5s) == "5 s");
  CHECK(chunk::net::to_text(2min) == "120 s");
  CHECK(chunk::net::to_text(250ms) == "250 ms");
  CHECK(chunk::net::to_text(1500ms) == "1500 ms");
}

TEST_CASE("what goes wrong at one deadline stops neither it nor the others") {
  asio::io_context context{1};
  int first_passed = 0;
  bool second_passed = false;
  chunk::net::deadline_timer first(context, [&] {
    if (++first_passed == 1) throw std::logic_error("its own");
  });
  chunk::net::deadline_timer second(context, [&] { second_passed = true; });
  first.set(1ms);
  second.set(2ms);
  CHECK_THROWS_AS(context.run(), std::logic_error);
  context.run();
  CHECK(second_passed);
  first.set(1ms);
  context.restart();
  context.run();
  CHECK(first_passed == 2);
}
