#include "serve/worker_pool.hpp"

#include "child.hpp"
#include "serve/stderr_log.hpp"

#include <chunk/error.hpp>

#include <asio/co_spawn.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace serve {
namespace {

using namespace std::chrono_literals;

/// Chosen: a worker that cannot run costs little and fills no log, and one that fails now and then
/// is soon back.
constexpr chunk::duration first_pause = 100ms;
constexpr chunk::duration longest_pause = 5s;

/// Chosen: a worker that has nothing to do needs no longer to see the end of its input.
constexpr chunk::duration patience = 1s;

/// Chosen: what a pipe holds.
constexpr std::size_t block = 64 * 1024;

}  // namespace

/// One process.
struct worker_pool::worker {
  worker(asio::io_context& context, const std::string& command, std::uint64_t place)
      : process(context, command, {true, true}), number(place) {}

  cli::child process;
  std::uint64_t number;
  std::uint64_t answered = 0;
  bool ended = false;
  std::vector<std::byte> request{};  // memory for its wire form
  std::vector<std::byte> reply{};
};

/// One request that a worker holds.
class worker_pool::errand {
 public:
  errand(worker_pool& pool, std::shared_ptr<worker> by) : pool_(pool), by_(std::move(by)) {}

  ~errand() {
    if (!done_) by_->process.kill();
    if (done_ && !by_->ended) pool_.idle_.put(std::move(by_));
  }
  errand(const errand&) = delete;
  errand& operator=(const errand&) = delete;

  asio::awaitable<void> run(const chunk::view& request, chunk::replies& out);

 private:
  std::span<const std::byte> encode(const chunk::view& request);
  asio::awaitable<void> feed(std::span<const std::byte> bytes);
  asio::awaitable<void> feed_and_read(std::span<const std::byte> bytes);
  asio::awaitable<void> read();
  bool has_whole_reply();

  worker_pool& pool_;
  std::shared_ptr<worker> by_;
  std::size_t held_ = 0;  // bytes of the reply
  bool done_ = false;
};

std::span<const std::byte> worker_pool::errand::encode(const chunk::view& request) {
  auto& room = by_->request;
  const auto needed = chunk::header_size + request.payload.size();
  if (room.size() < needed || room.size() > std::max(needed, block)) room.resize(needed);
  return std::span(room).first(chunk::encode(request, room));
}

/// Says whether all of the reply is there.
bool worker_pool::errand::has_whole_reply() {
  if (held_ < chunk::header_size) return false;
  const auto head = chunk::decode_header(std::span(by_->reply).first<chunk::header_size>());
  if (head.length > pool_.how_.max_reply) {
    throw std::runtime_error(fmt::format("the worker's reply declares {} bytes, more than {}",
                                         head.length, pool_.how_.max_reply));
  }
  if (held_ < chunk::header_size + head.length) return false;
  if (held_ == chunk::header_size + head.length) return true;
  throw std::runtime_error("the worker wrote more than one reply");
}

asio::awaitable<void> worker_pool::errand::read() {
  auto& room = by_->reply;
  for (;;) {
    if (room.size() < held_ + block) room.resize(std::max(held_ + block, 2 * held_));
    const auto count = co_await by_->process.read(std::span(room).subspan(held_));
    if (count == 0) throw std::runtime_error("the worker ended before its reply");
    held_ += count;
    if (has_whole_reply()) break;
  }
}

asio::awaitable<void> worker_pool::errand::feed(std::span<const std::byte> bytes) {
  co_await by_->process.feed(bytes);  // whether it takes them all, the reply shows
}

/// A worker may begin to write before it has read everything.
asio::awaitable<void> worker_pool::errand::feed_and_read(std::span<const std::byte> bytes) {
  const auto executor = co_await asio::this_coro::executor;
  auto feeding = feed(bytes);
  auto reading = read();
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(feeding), asio::experimental::deferred),
      asio::co_spawn(executor, std::move(reading), asio::experimental::deferred));
  asio::experimental::wait_for_one_error unless_one_fails;
  const auto [order, not_fed, not_read] =
      co_await both.async_wait(unless_one_fails, asio::use_awaitable);
  const std::array problems{not_fed, not_read};
  for (const auto each : order) {
    if (problems.at(each)) std::rethrow_exception(problems.at(each));
  }
}

asio::awaitable<void> worker_pool::errand::run(const chunk::view& request, chunk::replies& out) {
  const auto bytes = encode(request);
  const auto rest = bytes.subspan(by_->process.feed_at_once(bytes));
  auto work = rest.empty() ? read() : feed_and_read(rest);
  co_await std::move(work);
  const auto whole = std::span(by_->reply).first(held_);
  const auto head = chunk::decode_header(whole.first<chunk::header_size>());
  out.append(head.id, whole.subspan(chunk::header_size));
  if (by_->reply.size() > 2 * block) by_->reply = {};
  ++by_->answered;
  done_ = true;
}

/// Where one worker follows another.
struct worker_pool::place {
  place(asio::io_context& context, std::uint64_t which) : number(which), pause(context) {}

  std::uint64_t number;  // counts from 1
  asio::steady_timer pause;
  std::shared_ptr<worker> present{};
};

worker_pool::worker_pool(asio::io_context& context, log& to, settings how)
    : context_(context), log_(to), how_(std::move(how)), idle_(context), change_(context) {}

worker_pool::~worker_pool() = default;

void worker_pool::start() {
  while (kept_ < how_.count) {
    auto& added = places_.emplace_back(std::make_unique<place>(context_, ++kept_));
    asio::co_spawn(context_, keep_running(*added), [this](const std::exception_ptr& problem) {
      --kept_;
      change_.cancel();
      if (problem) std::rethrow_exception(problem);
    });
  }
}

/// Runs one worker from its start to its end.
asio::awaitable<void> worker_pool::run(place& at) {
  std::string problem;
  try {
    at.present = std::make_shared<worker>(context_, how_.command, at.number);
  } catch (const chunk::failure& reason) {
    problem = reason.what();
  }
  if (problem.empty()) {
    record start(level::warning, "stderr");
    stderr_log errors(log_, start.note("worker", at.number));
    idle_.put(at.present);
    co_await errors.follow(at.present->process);
    co_await at.present->process.ended();
    at.present->ended = true;
    idle_.remove(at.present);
    problem = at.present->process.finish().in_words();
  }
  record entry(stopping_ ? level::debug : level::warning, "worker-ended");
  log_.write(entry.note("worker", at.number).add("detail", problem));
}

asio::awaitable<void> worker_pool::keep_running(place& at) {
  auto pause = first_pause;
  while (!stopping_) {
    co_await run(at);
    const auto gone = std::exchange(at.present, nullptr);
    if (gone && gone->answered > 0) {
      pause = first_pause;
      continue;
    }
    if (stopping_) break;
    at.pause.expires_after(pause);
    std::error_code ignored;
    co_await at.pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    pause = std::min(2 * pause, longest_pause);
  }
}

asio::awaitable<void> worker_pool::answer(const chunk::view& request, chunk::replies& out) {
  for (;;) {
    auto by = co_await idle_.take();
    if (by->process.has_output()) {
      // Taken for this reply, it would go to the wrong client.
      record entry(level::warning, "worker-stray");
      log_.write(entry.note("worker", by->number));
      by->process.kill();
      continue;
    }
    errand mine(*this, std::move(by));
    co_await mine.run(request, out);
    break;
  }
}

asio::awaitable<void> worker_pool::stop() {
  stopping_ = true;
  for (const auto& each : places_) {
    each->pause.cancel();
    if (each->present) each->present->process.end_input();
  }
  change_.expires_after(patience);
  const auto until = change_.expiry();
  while (kept_ > 0) {
    std::error_code ignored;
    co_await change_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (std::chrono::steady_clock::now() < until) continue;
    for (const auto& each : places_) {
      if (each->present) each->present->process.kill();
    }
    change_.expires_at(asio::steady_timer::time_point::max());
  }
}

}  // namespace serve
