#include "chunk/session/relay.hpp"

#include <asio/co_spawn.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <exception>
#include <optional>
#include <system_error>
#include <utility>

namespace chunk::session {
namespace {

/// Chosen: larger buffers are not faster.
constexpr std::size_t block = 128 * 1024;

/// Says whether writing has failed because the other side is gone. What it has sent before can
/// still be read.
bool is_gone(const std::error_code& problem) {
  return problem == std::errc::broken_pipe || problem == std::errc::connection_reset;
}

/// Both directions between two transports.
class passage {
 public:
  passage(net::transport& near_side, net::transport& far_side, relay_observer& watching,
          buffer_pool& pool)
      : near_(near_side), far_(far_side), watching_(watching), pool_(pool) {}

  /// Passes on what `from` sends, until it ends or one of the two fails.
  asio::awaitable<void> pass(net::transport& from, net::transport& to, way which);

  const std::exception_ptr& problem() const { return problem_; }

  /// Says whether a side has failed, and has not only stopped reading.
  bool broken() const { return broken_; }

 private:
  /// The result of reading or writing.
  struct attempt {
    std::optional<std::size_t> count;  ///< nullopt: it has to wait, or has failed
    bool failed = false;
    bool other_is_gone = false;  ///< and so writing has failed
  };

  template <class Step>
  attempt carry_out(const Step& step);
  attempt write(net::transport& to, std::span<const std::byte>& rest, way which);
  asio::awaitable<bool> write_all(net::transport& to, std::span<const std::byte> rest, way which);
  bool goes_on(bool woken, const net::transport& after);
  void stop();

  net::transport& near_;
  net::transport& far_;
  relay_observer& watching_;
  buffer_pool& pool_;
  std::exception_ptr problem_;  // the first
  bool broken_ = false;
  bool over_ = false;
};

/// Catches failures of the transports, but not exceptions of the observer.
template <class Step>
passage::attempt passage::carry_out(const Step& step) {
  try {
    return {step()};
  } catch (const failure& reason) {
    if (!problem_) problem_ = std::current_exception();
    if (reason.code() != std::errc::broken_pipe) broken_ = true;
    // The code says nothing where there was no memory for a reason.
    return {std::nullopt, true, is_gone(reason.code())};
  }
}

/// Ends both directions by cancelling their waits.
void passage::stop() {
  over_ = true;
  near_.cancel();
  far_.cancel();
}

/// Says whether to continue after a wait. Throws: std::errc::operation_canceled if the wait was
/// cancelled from outside
bool passage::goes_on(bool woken, const net::transport& after) {
  if (woken || over_) return !over_;
  if (!problem_) {
    const auto reason =
        about(after.name(), {std::make_error_code(std::errc::operation_canceled), {}});
    problem_ = std::make_exception_ptr(failure(reason));
  }
  stop();
  return false;
}

passage::attempt passage::write(net::transport& to, std::span<const std::byte>& rest, way which) {
  const auto outcome = carry_out([&] { return to.try_write(rest); });
  if (outcome.count) {
    watching_.passed(which, rest.first(*outcome.count));
    rest = rest.subspan(*outcome.count);
  }
  // If `to` is gone, the other direction still passes on what it has sent so far.
  if (outcome.failed && !outcome.other_is_gone) stop();
  return outcome;
}

/// Writes the rest that could not be written at once. Returns: false if `to` has failed
asio::awaitable<bool> passage::write_all(net::transport& to, std::span<const std::byte> rest,
                                         way which) {
  while (!rest.empty()) {
    const bool woken = co_await to.wait_writable();
    if (!goes_on(woken, to)) co_return false;
    const auto outcome = write(to, rest, which);
    if (outcome.failed) co_return false;
  }
  co_return true;
}

asio::awaitable<void> passage::pass(net::transport& from, net::transport& to, way which) {
  const auto executor = co_await asio::this_coro::executor;
  buffer_pool::buffer buffer;
  while (!over_) {
    if (buffer.empty()) buffer = pool_.take(block);
    const auto read = carry_out([&] { return from.try_read(buffer); });
    if (read.failed) stop();
    if (read.failed || read.count == 0) break;
    if (read.count) {
      auto rest = std::span<const std::byte>(buffer).first(*read.count);
      const auto written = write(to, rest, which);
      if (written.failed) co_return;
      bool taken = true;
      if (!rest.empty()) taken = co_await write_all(to, rest, which);
      if (!taken) co_return;
    }
    if (read.count == buffer.size()) {
      // There is probably more to read; yields to others on the same thread first.
      co_await asio::post(executor, asio::use_awaitable);
      continue;
    }
    pool_.put(std::exchange(buffer, {}));
    const bool woken = co_await from.wait_readable();
    if (!goes_on(woken, from)) co_return;
  }
  if (over_ || broken_) co_return;
  to.shutdown_write();
  watching_.ended(which);
}

}  // namespace

relay_observer::~relay_observer() = default;

asio::awaitable<void> relay(net::transport& near_side, net::transport& far_side,
                            relay_observer& watching, buffer_pool& pool) {
  const auto executor = co_await asio::this_coro::executor;
  passage between(near_side, far_side, watching, pool);
  auto forth = between.pass(near_side, far_side, way::forth);
  auto back = between.pass(far_side, near_side, way::back);
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(forth), asio::experimental::deferred),
      asio::co_spawn(executor, std::move(back), asio::experimental::deferred));
  asio::experimental::wait_for_one_error all;
  const auto [order, forth_thrown, back_thrown] =
      co_await both.async_wait(all, asio::use_awaitable);
  const auto& thrown = order[0] == 0 ? forth_thrown : back_thrown;
  const auto& thrown_later = order[0] == 0 ? back_thrown : forth_thrown;
  if (thrown || thrown_later || between.broken()) {
    near_side.reset();
    far_side.reset();
  }
  if (thrown) std::rethrow_exception(thrown);
  if (thrown_later) std::rethrow_exception(thrown_later);
  if (between.problem()) std::rethrow_exception(between.problem());
}

}  // namespace chunk::session
