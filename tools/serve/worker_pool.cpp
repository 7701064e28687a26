#include "serve/worker_pool.hpp"

#include <chunk/error.hpp>

#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace tools::serve {
namespace {

using namespace std::chrono_literals;

/// Pauses before a restart. Chosen: a worker that cannot run uses few resources and does not fill
/// the log, and a worker that fails rarely is restarted quickly.
constexpr chunk::net::duration first_pause = 100ms;
constexpr chunk::net::duration longest_pause = 5s;

/// The time to exit after the end of its input. Chosen: enough for an idle worker.
constexpr chunk::net::duration patience = 1s;

}  // namespace

/// A worker and its successors, which are restarted with the same number.
struct worker_pool::place {
  place(asio::io_context& context, std::uint64_t which) : number(which), pause(context) {}

  std::uint64_t number;  // counts from 1
  asio::steady_timer pause;
  std::unique_ptr<worker> present{};
};

/// A request that is withdrawn from its worker, or from the queue, when this is destroyed.
class worker_pool::queued_request : public pending_request {
 public:
  queued_request(worker_pool& pool, const chunk::session::connection_info& from,
                 const chunk::chunk_view& asked, chunk::session::reply_buffer& to)
      : pending_request(pool.context_, asked, to), pool_(pool), connection_(from.number) {
    pool_.latest_ = this;
  }

  ~queued_request() {
    if (pool_.latest_ == this) pool_.latest_ = nullptr;
    if (by) {
      by->give_up(*this);
    } else if (!settled) {
      std::erase(pool_.waiting_, this);
    }
  }
  queued_request(const queued_request&) = delete;
  queued_request& operator=(const queued_request&) = delete;

  std::uint64_t connection() const { return connection_; }

 private:
  worker_pool& pool_;
  std::uint64_t connection_;
};

worker_pool::worker_pool(asio::io_context& context, log& to, settings how)
    : context_(context), log_(to), how_(std::move(how)), change_(context) {}

worker_pool::~worker_pool() = default;

void worker_pool::start(std::function<void(const std::string&)> give_up) {
  give_up_ = std::move(give_up);
  while (kept_ < how_.count) {
    auto& added = places_.emplace_back(std::make_unique<place>(context_, ++kept_));
    asio::co_spawn(context_, keep_running(*added), [this](const std::exception_ptr& problem) {
      --kept_;
      change_.cancel();
      if (problem) std::rethrow_exception(problem);
    });
  }
}

/// Returns: the worker with the fewest requests that has room for `size` bytes, or null
worker* worker_pool::least_loaded(std::size_t size) const {
  worker* found = nullptr;
  for (const auto& each : places_) {
    auto* const one = each->present.get();
    if (!one || !one->has_room(size)) continue;
    if (!found || one->load() < found->load()) found = one;
    if (found->load() == 0) break;
  }
  return found;
}

/// Assigns waiting requests to workers that have room, in the order in which they came.
void worker_pool::give_out() {
  while (!waiting_.empty()) {
    auto* const by =
        least_loaded(chunk::encoded_size(waiting_.front()->request, how_.each.framing));
    if (!by) break;
    by->take(*waiting_.front());
    waiting_.pop_front();
  }
}

/// Runs one worker until it ends.
asio::awaitable<void> worker_pool::run(place& at) {
  std::string problem;
  bool unstarted = false;
  try {
    at.present = std::make_unique<worker>(context_, log_, how_.command, at.number, how_.each,
                                          [this] { give_out(); });
  } catch (const std::exception& reason) {
    problem = reason.what();
    unstarted = true;
  }
  if (at.present) {
    give_out();
    try {
      const auto end = co_await at.present->run();
      problem = end.in_words();
      unstarted = end.was_not_executed() && at.present->answered() == 0;
    } catch (const std::exception& reason) {
      problem = reason.what();
    }
    const auto unseen = at.present->take_back();
    waiting_.insert(waiting_.begin(), unseen.begin(), unseen.end());
  }
  report_end(at, problem, unstarted);
}

void worker_pool::report_end(const place& at, const std::string& problem, bool unstarted) {
  auto severity = unstarted ? level::error : level::warning;
  if (stopping_) severity = level::debug;
  record entry(severity, "worker-ended");
  log_.write(entry.note("worker", at.number).add("detail", problem));
  if (at.present && at.present->answered() > 0) proven_ = true;
  if (!unstarted || proven_ || stopping_ || hopeless_) return;
  hopeless_ = "--worker '" + how_.command + "': cannot be started: " + problem;
  for (auto* const each : std::exchange(waiting_, {})) each->settle(*hopeless_);
  give_up_(*hopeless_);
}

asio::awaitable<void> worker_pool::keep_running(place& at) {
  auto pause = first_pause;
  while (!stopping_) {
    co_await run(at);
    const auto gone = std::exchange(at.present, nullptr);
    give_out();  // the requests that it has not seen
    if (gone && gone->answered() > 0) {
      pause = first_pause;
      continue;
    }
    if (stopping_ || hopeless_) break;
    at.pause.expires_after(pause);
    std::error_code ignored;
    co_await at.pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    pause = std::min(2 * pause, longest_pause);
  }
}

asio::awaitable<void> worker_pool::wait_for_reply(std::unique_ptr<queued_request> one) {
  one->awaited = true;
  while (!one->settled) {
    std::error_code ignored;
    co_await one->change.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (!one->problem.empty()) throw std::runtime_error(one->problem);
}

asio::awaitable<void> worker_pool::answer(const chunk::session::connection_info& from,
                                          const chunk::chunk_view& request,
                                          chunk::session::reply_buffer& out) {
  auto one = std::make_unique<queued_request>(*this, from, request, out);
  if (hopeless_) {
    one->settle(*hopeless_);
    return wait_for_reply(std::move(one));
  }
  auto* const by =
      waiting_.empty() ? least_loaded(chunk::encoded_size(request, how_.each.framing)) : nullptr;
  if (by) {
    by->take(*one);
  } else {
    waiting_.push_back(one.get());
  }
  return wait_for_reply(std::move(one));
}

std::optional<asio::awaitable<void>> worker_pool::answer_ahead(
    const chunk::session::connection_info& from, const chunk::chunk_view& request,
    chunk::session::reply_buffer& out) {
  if (!latest_ || latest_->connection() != from.number || !waiting_.empty()) return std::nullopt;
  auto* const by = latest_->by;
  if (!by || !by->has_room(chunk::encoded_size(request, how_.each.framing)) ||
      by->has_long_replies())
    return std::nullopt;
  auto one = std::make_unique<queued_request>(*this, from, request, out);
  one->follows = true;
  by->take(*one);
  return wait_for_reply(std::move(one));
}

asio::awaitable<void> worker_pool::stop() {
  stopping_ = true;
  for (const auto& each : places_) {
    each->pause.cancel();
    if (each->present) each->present->end_input();
  }
  change_.expires_after(patience);
  const auto until = change_.expiry();
  while (kept_ > 0) {
    std::error_code ignored;
    co_await change_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (std::chrono::steady_clock::now() < until) continue;
    for (const auto& each : places_) {
      if (each->present) each->present->kill();
    }
    change_.expires_at(asio::steady_timer::time_point::max());
  }
}

}  // namespace tools::serve
