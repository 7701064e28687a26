#include "script/player/player.hpp"

#include "cli/status.hpp"
#include "io/tasks.hpp"
#include "script/actions/table.hpp"
#include "script/language/words.hpp"
#include "script/player/connecting.hpp"
#include "script/player/receiving.hpp"
#include "script/report/partial.hpp"

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <exception>
#include <string_view>
#include <utility>

namespace tools::script {
namespace {

using clock = std::chrono::steady_clock;

/// Chosen: some hundred microseconds of work.
constexpr std::size_t steps_in_a_row = 1024;

/// Names for failures outside of the steps.
step named(std::string_view text) {
  step out;
  out.what = &chunk_action();
  out.text = text;
  return out;
}

const step connecting = named("connecting");
const step ending = named("at the end");

/// Says whether a step only changes which one is the next.
bool only_moves(const step& now) {
  const auto shape = now.what->shape;
  const bool of_block = shape == structure::begins_block || shape == structure::begins_rows ||
                        shape == structure::ends_block;
  return of_block && !now.what->uses_connection;
}

/// Sets aside what belongs to the current step of a stage, for as long as others are performed in
/// its midst.
class interruption {
 public:
  explicit interruption(stage& of)
      : of_(of),
        where_(of.where()),
        bound_(std::exchange(of.bound(), std::nullopt)),
        moment_(of.log().present()) {}
  ~interruption() {
    of_.where() = std::move(where_);
    of_.bound() = bound_;
    of_.log().return_to(moment_);
  }
  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;

 private:
  stage& of_;
  position where_;
  std::optional<time_range> bound_;
  step_log::moment moment_;
};

}  // namespace

asio::awaitable<void> player::reporting(asio::awaitable<void> work) {
  try {
    co_await std::move(work);
  } catch (const cli::status_failure&) {
    throw;
  } catch (const chunk::local_failure&) {
    throw;
  } catch (const chunk::failure& reason) {
    fail_by(reason);
  }
}

asio::awaitable<void> player::perform(std::span<const step> steps) {
  stage_.links().forget_shown();
  return reporting(play_and_send(steps));
}

asio::awaitable<void> player::perform_next(std::span<const step> steps) {
  stage_.links().make_room(stage_.around().all.connections.size());
  return reporting(play_and_send(steps));
}

void player::abandon() {
  stage_.deadline().clear();
  stage_.bound().reset();
  stage_.where() = position();
}

void player::close_main() {
  if (main()) stage_.close(0);
}

asio::awaitable<void> player::connect_early() {
  stage_.log().begin_unlisted(connecting);
  return reporting(open_connection(stage_, 0));
}

asio::awaitable<void> player::finish() {
  return reporting(end_all());
}

/// Performs steps, and those of a block again that allows further attempts.
asio::awaitable<void> player::play(std::span<const step> steps) {
  stage_.where() = position(steps);
  for (;;) {
    std::exception_ptr problem;
    try {
      auto work = play_on();
      co_await reporting(std::move(work));
    } catch (const step_failure&) {
      problem = std::current_exception();
    }
    if (!problem) co_return;
    const auto pause = stage_.where().try_again();
    if (!pause) std::rethrow_exception(problem);
    stage_.begin_again();
    co_await io::pause(*pause);
  }
}

/// Performs the steps from the present position on.
asio::awaitable<void> player::play_on() {
  auto& where = stage_.where();
  std::optional<step> resolved;  // the current step with its values, if it has any
  for (; !where.is_over(); where.advance()) {
    const step* now = &where.now();
    // Steps that never wait have to yield, so that signals are handled.
    if (++turns_ % steps_in_a_row == 0) {
      co_await asio::post(stage_.around().context, asio::use_awaitable);
    }
    if (only_moves(*now)) {
      now->what->perform(stage_, *now);
      continue;
    }
    stage_.log().begin(*now);
    if (!now->varying.empty()) now = with_present_values(*now, resolved);
    if (auto work = attempt(*now)) co_await std::move(*work);
    if (stage_.bound() && now->what->shape != structure::bounds_next) check_time(*now);
  }
}

/// Performs the steps of a rule while another step waits.
asio::awaitable<void> player::play_amid(std::span<const step> steps) {
  const interruption holds(stage_);
  co_await play(steps);
}

/// When a step fails for a reason of this side, what the steps before it have sent does not stay in
/// the buffer.
asio::awaitable<void> player::play_and_send(std::span<const step> steps) {
  std::exception_ptr problem;
  try {
    co_await play(steps);
  } catch (const chunk::failure& why) {
    const auto status = cli::status_of(why);
    if (status == cli::connection || status == cli::deadline) throw;
    problem = std::current_exception();
  }
  if (!problem) co_return;
  std::exception_ptr second;  // less important than the first
  try {
    co_await stage_.flush();
  } catch (const chunk::failure&) {
    second = std::current_exception();
  }
  std::rethrow_exception(problem);
}

const step* player::with_present_values(const step& now, std::optional<step>& held) {
  auto& values = stage_.state().values;
  if (now.what->starts_server) {
    values.set("address", stage_.around().children->fresh_address());
  }
  const auto& all = stage_.around().all;
  auto known = with_values(now, values, *all.rules, all.most_value);
  if (!known) {
    const auto& why = known.error();
    const bool of_script = why.code.category() == chunk::format_category();
    stage_.fail(now, of_script ? cli::negative : cli::local, to_text(why));
  }
  held = std::move(*known);
  return &*held;
}

/// Performs a step. Returns: the rest of its work if it has to wait
remaining_work player::attempt(const step& now) {
  const bool closed = now.what->uses_connection && !stage_.links().find(now.connection);
  return closed ? open_then(now) : now.what->perform(stage_, now);
}

asio::awaitable<void> player::open_then(const step& now) {
  if (now.connection != 0) stage_.fail(now, cli::connection, "the connection is closed");
  co_await open_connection(stage_, 0);
  if (auto work = now.what->perform(stage_, now)) co_await std::move(*work);
}

void player::check_time(const step& now) {
  const auto bound = *std::exchange(stage_.bound(), std::nullopt);
  const auto took = stage_.log().took();
  if (took >= bound.least && took <= bound.most) return;
  const bool early = took < bound.least;
  auto what =
      stage_.about(now, early ? cli::negative : cli::deadline,
                   fmt::format("took {}, {} {}", measured(took), early ? "less than" : "more than",
                               chunk::net::to_text(early ? bound.least : bound.most)));
  what.waited = took;
  what.allowed.reset();
  throw step_failure(std::move(what));
}

void player::begin_anew(const conditions& start) {
  auto& state = stage_.state();
  state.timeout = start.timeout;
  state.how.piece = start.how.piece;
  state.how.pause = start.how.pause;
  stage_.began() = clock::now();
}

asio::awaitable<void> player::end_all() {
  if (!stage_.rules().empty()) co_await serve_by_rules(stage_);
  stage_.log().begin_unlisted(ending);
  const auto limit = stage_.state().timeout;
  for (const auto& each : stage_.links().all()) {
    if (!each) continue;
    if (each->has_unwritten()) co_await each->flush(stage_.state().how, {limit});
    each->link().shutdown_write();
  }
  const auto until = clock::now() + limit;
  for (const auto& each : stage_.links().all()) {
    if (each) co_await end_of(*each, until);
  }
  stage_.links().close_all();
  stage_.check_children();
}

/// Waits for the end of one connection.
asio::awaitable<void> player::end_of(channel& on, clock::time_point until) {
  auto* const trace = stage_.around().trace;
  const auto& rules = *stage_.around().all.rules;
  auto& deadline = stage_.deadline();
  unexamined left;
  left.peer = on.peer();
  deadline.set(until);
  while (!on.ended && !left.endless) {
    left.take(on, rules, trace);
    if (on.try_fill()) {
      left.endless = !on.ended && clock::now() >= until;
      // Yields, so that a peer that sends without a pause does not block others.
      if (!on.in().drained()) {
        co_await asio::post(stage_.around().context, asio::use_awaitable);
      }
      continue;
    }
    co_await stage_.readable(on);
    left.endless = deadline.expired();
  }
  deadline.clear();
  left.take(on, rules, trace);
  stage_.received().keep(std::move(left));
  if (on.ended && !on.used_raw) value_or_throw(on.in().finish());
  if (!on.broken() || on.link().bytes_written() == 0) co_return;
  stage_.fail(stage_.log().current(), cli::connection,
              on.progress() + ": " + message_of(*on.broken()));
}

/// Reports a failure of the current step.
void player::fail_by(const chunk::failure& reason) {
  const auto& now = stage_.log().current();
  const auto* const on = stage_.links().find(now.connection);
  const std::string text = on ? without_subject(reason.what(), on->link().name()) : reason.what();
  stage_.fail(now, cli::status_of(reason), text);
}

}  // namespace tools::script
