#include "serve/scripted.hpp"

#include "io/memory_reserve.hpp"

#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <new>
#include <optional>
#include <random>
#include <string>
#include <utility>

namespace tools::serve {
namespace {

using clock = std::chrono::steady_clock;

chunk::net::accept_options accept_options_of(const script_options& how) {
  chunk::net::accept_options out;
  out.max_connections = how.max_connections;
  out.handshake = how.handshake;
  out.access = how.access;
  return out;
}

}  // namespace

scripted_server::scripted_server(asio::io_context& context, const script::program& all, log& to,
                                 script_options how)
    : context_(context),
      all_(all),
      log_(to),
      how_(std::move(how)),
      seed_(std::random_device{}()),
      change_(context, clock::time_point::max()),
      accepting_(
          context, [this](chunk::net::accepted_connection from) { begin(std::move(from)); }, *this,
          accept_options_of(how_)) {}

scripted_server::~scripted_server() = default;

void scripted_server::changed() {
  change_.cancel();
}

void scripted_server::listen(std::shared_ptr<chunk::net::listener> from) {
  accepting_.listen(std::move(from));
}

void scripted_server::serve(std::unique_ptr<chunk::net::transport> link) {
  accepting_.adopt(std::move(link), {});
}

void scripted_server::arrived(const chunk::net::accepted_connection& from) {
  record entry(level::debug, "accept");
  log_.write(entry.note("conn", from.number).add(from.remote));
}

void scripted_server::refused(const chunk::net::accepted_connection& from, chunk::net::refusal why,
                              const chunk::failure& reason) {
  using chunk::net::refusal;
  if (why == refusal::drained || why == refusal::closed) return;
  record entry(why == refusal::over_capacity ? level::warning : level::info, "close");
  entry.note("conn", from.number);
  if (why == refusal::over_capacity) {
    entry.add("reason", "over-capacity");
  } else if (why == refusal::denied) {
    entry.add("reason", "denied");
  } else {
    const bool slow = why == refusal::handshake_slow;
    entry.add("reason", "handshake-failed");
    entry.add("detail", slow ? "no TLS handshake in time" : reason.what());
  }
  log_.write(entry.add(from.remote));
}

void scripted_server::accept_failed(const chunk::error& reason) {
  log_.write(accept_failure(reason));
}

void scripted_server::begin(chunk::net::accepted_connection from) {
  if (io::memory_is_low()) throw std::bad_alloc();  // refuses this client
  auto work = perform(std::move(from));
  ++active_;
  asio::co_spawn(context_, std::move(work), [this](const std::exception_ptr& problem) {
    --active_;
    changed();
    if (problem) std::rethrow_exception(problem);
  });
}

asio::awaitable<void> scripted_server::perform(chunk::net::accepted_connection from) {
  const auto number = from.number;
  script::player_setup setup{.context = context_, .all = all_};
  setup.start = script::first_conditions(seed_ + number, std::to_string(number));
  setup.start.timeout = how_.timeout;
  setup.idle = how_.idle;
  setup.limits.hold = script::longest_whole;
  setup.limits.max_payload = how_.max_payload;
  const auto by = std::make_unique<script::player>(std::move(setup));
  by->adopt(std::move(from.link));
  playing_.insert(by.get());
  if (draining_) by->drain();
  std::optional<script::fault> problem;
  try {
    co_await by->perform(all_.units.front().cases.front().steps);
    co_await by->finish();
  } catch (const script::step_failure& reason) {
    problem = reason.why();
  } catch (const std::bad_alloc&) {
    problem.emplace();
    problem->reason = "out of memory";
  }
  playing_.erase(by.get());
  note_end(number, problem ? &*problem : nullptr, *by);
}

void scripted_server::note_end(std::uint64_t number, const script::fault* problem,
                               const script::player& by) {
  if (!problem) {
    record entry(level::info, "script-passed");
    entry.add("conn", number).note("requests", by.replies()).note("out", by.sent());
    for (const auto& left : by.left()) {
      const auto text = left.in_words(how_.timeout, "request");
      if (!text.empty()) entry.add("remark", text);
    }
    log_.write(entry.stands_out());
    return;
  }
  ++failed_;
  record entry(level::warning, "script-failed");
  entry.add("conn", number).add("at", to_text(problem->where)).add("step", problem->step);
  entry.add("reason", problem->reason);
  if (!problem->received.empty()) entry.add("received", problem->received);
  log_.write(entry.stands_out());
}

void scripted_server::drain() {
  if (std::exchange(draining_, true)) return;
  accepting_.stop();
  for (auto* const each : playing_) each->drain();
  changed();
}

asio::awaitable<std::size_t> scripted_server::run() {
  std::optional<clock::time_point> until;
  while (!accepting_.is_over() || active_ > 0) {
    if (draining_ && !until) until = clock::now() + how_.drain;
    if (until && clock::now() >= *until) break;
    change_.expires_at(until.value_or(clock::time_point::max()));
    std::error_code ignored;
    co_await change_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return failed_ + active_ + accepting_.preparing();
}

}  // namespace tools::serve
