#include "script/player/receiving.hpp"

#include "cli/status.hpp"
#include "script/language/words.hpp"
#include "script/report/partial.hpp"

#include <chunk/escape.hpp>

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <chrono>
#include <utility>
#include <vector>

namespace tools::script {
namespace {

/// Chosen: enough to see which exchange came to an end.
constexpr std::size_t most_ids = 5;

/// Chosen: some hundred microseconds of work.
constexpr std::size_t replies_in_a_row = 1024;

/// The name of a missing reply in messages.
std::string wanted_reply(const step& now) {
  return now.what->expects ? chunk::quoted(now.text) : "a reply";
}

/// Gives a whole reply, which a step examines.
chunk::placed_chunk take_whole(stage& by, const step& now, const chunk::fragment& reply) {
  auto& on = by.connection(now);
  if (!reply.ends && on.ended) fail_at_end(by, now);
  if (reply.open) {
    by.fail(now, cli::format, to_text(reply.head.id) + " has no length, and is not held whole");
  }
  if (!reply.begins || !reply.ends) {
    auto problem = chunk::too_large(reply.head, reply.offset, longest_whole);
    by.fail(now, cli::format, std::move(problem.detail));
  }
  ++by.received().replies;
  const auto whole = reply.placed();
  if (by.around().trace) by.around().trace->received(on.name(), whole);
  return whole;
}

[[noreturn]] void fail_without_reply(stage& by, const step& now, const passed_over& passed) {
  const auto& in = by.connection(now).in();
  fail_late(by, now, "no reply", wanted_reply(now),
            passed.and_then(show_partial(by.around().limits.framing, in.unread())));
}

asio::awaitable<void> answer_amid(stage& by, std::span<const step> steps) {
  co_await by.perform_amid(steps);
}

/// The failure of a request that no rule answers.
fault unanswered(stage& by, const chunk::placed_chunk& request) {
  const auto* const of_same_id = by.rules().find(request.id);
  std::string reason = "no rule answers " + to_text(request.id);
  captured ignored;
  const auto wrong = of_same_id
                         ? of_same_id->wanted->compare(request, request.payload_offset(), ignored)
                         : std::nullopt;
  if (wrong) reason += " like this: " + wrong->reason;
  const auto& from = of_same_id ? *of_same_id->from : by.rules().as_step();
  auto what = by.about(from, cli::negative, std::move(reason));
  what.expected = by.rules().in_words();
  what.received = show_shortened(request, *by.around().all.rules);
  what.offset = request.offset;
  what.waited.reset();
  return what;
}

/// Waits for more of the requests that rules answer.
///
/// Returns: false: there are none to wait for
asio::awaitable<bool> await_request(stage& by, const step& now, channel& on) {
  const auto idle = by.around().idle;
  by.deadline().set(idle ? *idle : by.limit());
  co_await by.idle(on);
  const bool late = by.deadline().expired();
  by.deadline().clear();
  if (late && !idle) {
    fail_late(by, now, "no request", by.rules().in_words(),
              show_partial(by.around().limits.framing, on.in().unread()));
  }
  co_return !late && !by.drains();
}

}  // namespace

void passed_over::note(const chunk::id& of) {
  ++count_;
  last_.push_back(of);
  if (last_.size() > most_ids) last_.erase(last_.begin());
}

std::string passed_over::and_then(const std::string& last) const {
  if (count_ == 0) return last;
  std::string ids;
  for (const auto& each : last_) ids += (ids.empty() ? "" : ", ") + to_text(each);
  if (count_ == 1) return fmt::format("{}, then {}", ids, last);
  return fmt::format("{} replies, {}{}, then {}", count_,
                     count_ > last_.size() ? "the last ones " : "", ids, last);
}

void begin_to_wait(stage& by) {
  by.deadline().set(by.log().began() + by.limit());
}

[[noreturn]] void fail_late(stage& by, const step& now, const std::string& what,
                            std::string expected, std::string received) {
  const auto& in = by.connection(now).in();
  auto out = by.about(now, cli::deadline,
                      fmt::format("{} within {}", what, chunk::net::to_text(by.limit())));
  out.expected = std::move(expected);
  out.received = std::move(received);
  if (in.held() > 0) out.offset = in.offset();
  throw step_failure(std::move(out));
}

[[noreturn]] void fail_at_end(stage& by, const step& now, const passed_over& passed) {
  auto& on = by.connection(now);
  const auto partial = show_partial(by.around().limits.framing, on.in().unread());
  const bool truncated = on.in().held() > 0;
  const auto done = on.in().finish();
  auto reason = done ? std::string("closed before the reply")
                     : without_subject(done.error().detail, on.link().name());
  if (on.broken()) {
    reason += fmt::format("; {}: {}", on.progress(), message_of(*on.broken()));
  }
  auto what = by.about(now, done ? cli::connection : cli::format, std::move(reason));
  what.expected = wanted_reply(now);
  what.received = passed.and_then(truncated ? partial : "the end of the connection");
  throw step_failure(std::move(what));
}

channel& still_open(stage& by, const step& now) {
  auto* const on = by.links().find(now.connection);
  if (!on) by.fail(now, cli::connection, "the connection is closed");
  return *on;
}

asio::awaitable<void> await_reply(stage& by, const step& now, reply_use* use, remaining_work first,
                                  passed_over passed) {
  if (first) co_await std::move(*first);
  co_await by.write_all();
  begin_to_wait(by);
  for (std::size_t seen = 1;; ++seen) {
    auto& on = still_open(by, now);
    if (const auto reply = on.next_chunk()) {
      by.deadline().clear();
      const auto whole = take_whole(by, now, *reply);
      auto fate = use(by, now, on, whole);
      if (fate.taken) co_return;
      if (!fate.answer) passed.note(whole.id);
      if (fate.answer) co_await std::move(*fate.answer);
      // A peer that sends without a pause does not extend the time.
      if (by.log().took() >= by.limit()) fail_without_reply(by, now, passed);
      if (seen % replies_in_a_row == 0) {
        co_await asio::post(by.around().context, asio::use_awaitable);
      }
      begin_to_wait(by);
      continue;
    }
    if (on.has_unwritten()) co_await by.write_all();
    const auto came = co_await by.more(on);
    if (came == arrival::late) fail_without_reply(by, now, passed);
    if (came == arrival::end) break;
  }
  by.deadline().clear();
  fail_at_end(by, now, passed);
}

remaining_work next_reply(stage& by, const step& now, reply_use* use, passed_over passed) {
  auto& on = by.connection(now);
  const bool written = !on.has_unwritten() || on.flush_at_once(by.state().how);
  if (!written) return await_reply(by, now, use, {}, std::move(passed));
  const auto reply = on.next_chunk();
  if (!reply) return await_reply(by, now, use, {}, std::move(passed));
  const auto whole = take_whole(by, now, *reply);
  auto fate = use(by, now, on, whole);
  if (fate.taken) return std::nullopt;
  if (!fate.answer) passed.note(whole.id);
  return await_reply(by, now, use, std::move(fate.answer), std::move(passed));
}

/// The clock is looked at once in about a million steps of the comparison.
effort within_limit(stage& by, const step& now, const chunk::placed_chunk& reply) {
  constexpr std::size_t enough = 1'000'000;  // chosen: some milliseconds
  return [&by, &now, &reply, spent = std::size_t{0}](std::size_t cost) mutable {
    spent += cost;
    if (spent < enough) return;
    spent = 0;
    if (by.log().took() < by.limit()) return;
    auto what = by.about(
        now, cli::deadline,
        fmt::format("the reply was not compared within {}", chunk::net::to_text(by.limit())));
    what.expected = chunk::quoted(now.text);
    what.received = show_shortened(reply, *by.around().all.rules);
    what.offset = reply.offset;
    throw step_failure(std::move(what));
  };
}

remaining_work answer_by_rule(stage& by, const step& now, const chunk::placed_chunk& request) {
  captured names;
  const auto* const found = by.rules().find(request, names, within_limit(by, now, request));
  if (!found) return std::nullopt;
  for (const auto& [name, value] : names) by.state().values.set(name, value);
  return answer_amid(by, found->answer);
}

asio::awaitable<void> serve_by_rules(stage& by) {
  const auto& now = by.rules().as_step();
  for (std::size_t seen = 1;; ++seen) {
    by.log().begin_unlisted(now);
    auto* const on = by.links().find(now.connection);
    if (!on) co_return;
    if (const auto request = on->next_chunk()) {
      const auto whole = take_whole(by, now, *request);
      auto answer = answer_by_rule(by, now, whole);
      if (!answer) {
        auto problem = unanswered(by, whole);
        if (on->has_unwritten()) co_await on->flush(by.state().how, by.write_limit());
        throw step_failure(std::move(problem));
      }
      co_await std::move(*answer);
      if (seen % replies_in_a_row == 0) {
        co_await asio::post(by.around().context, asio::use_awaitable);
      }
      continue;
    }
    if (on->ended) co_return;
    if (on->has_unwritten()) co_await on->flush(by.state().how, by.write_limit());
    if (on->try_fill()) continue;
    if (!co_await await_request(by, now, *on)) co_return;
  }
}

}  // namespace tools::script
