// The parts of a player that wait for others than its peer, and what it says when all goes wrong.
#include "cli/status.hpp"
#include "cli/tls.hpp"
#include "script/language/words.hpp"
#include "script/player/player.hpp"

#include <chunk/escape.hpp>
#include <chunk/net/connect.hpp>
#include <chunk/net/endpoint.hpp>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace tools::script {
namespace {

/// Chosen: how often to look whether somebody listens by now.
constexpr auto retry_pause = std::chrono::milliseconds(10);

/// Nobody listens there, as yet.
bool is_too_early(const std::error_code& why) {
  return why == std::errc::connection_refused || why == std::errc::no_such_file_or_directory;
}

/// What there is of a chunk that is not whole: "7 of 8 header bytes: 45 43 48 ...".
std::string show_partial(const chunk::framing& how, std::span<const std::byte> bytes) {
  constexpr std::size_t most = 24;  // chosen: with the rest of the line one row
  if (bytes.empty()) return "nothing";
  const auto front = how.read_header(bytes);
  if (front.is != chunk::header_reading::state::whole) {
    std::string digits;
    for (const auto each : bytes) {
      digits += fmt::format(" {:02x}", std::to_integer<unsigned>(each));
    }
    return fmt::format("{} of {} header bytes:{}", bytes.size(), front.size, digits);
  }
  const auto& head = front.head;
  const auto payload = bytes.subspan(front.size);
  auto out =
      fmt::format("{}, {} of {} payload bytes", to_text(head.id), payload.size(), head.length);
  if (payload.empty()) return out;
  const auto shown = payload.first(std::min(payload.size(), most));
  out += ": " + chunk::escaped(shown, chunk::quote_escapes);
  return shown.size() == payload.size() ? out : out + "...";
}

/// Whose stream it is, the report tells anyway.
std::string without_subject(std::string reason, const std::string& name) {
  const auto subject = name + ": ";
  return reason.starts_with(subject) ? reason.substr(subject.size()) : reason;
}

}  // namespace

std::string unexamined::in_words(chunk::net::duration limit, const std::string& what) const {
  std::string out;
  if (bytes > 0) out = fmt::format("{} that no step took", counted(bytes, "byte"));
  if (replies > 0) {
    const auto many = what.ends_with('y') ? what.substr(0, what.size() - 1) + "ies" : what + 's';
    out = replies == 1 ? fmt::format("a {} that no step examined: ", what)
                       : fmt::format("{} {} that no step examined: ", replies, many);
    for (std::size_t at = 0; at < first.size(); ++at) out += (at > 0 ? ", " : "") + first[at];
    if (replies > first.size()) out += ", ...";
  }
  if (!endless) return out;
  if (!out.empty()) out += "; ";
  return out + "the peer did not end its stream within " + chunk::net::to_text(limit);
}

asio::awaitable<std::unique_ptr<chunk::net::transport>> player::reach_once(
    std::string address, chunk::net::duration limit) {
  auto where = value_or_throw(chunk::net::parse_endpoint(address));
  auto secured = around_.tls ? cli::client_tls(address, *around_.tls) : nullptr;
  co_return co_await chunk::net::connect(around_.context, std::move(where), limit,
                                         std::move(secured));
}

/// Opens a connection. Where a server was started that may not be there yet, it tries again.
asio::awaitable<std::unique_ptr<chunk::net::transport>> player::reach(std::size_t slot,
                                                                      chunk::net::duration limit) {
  const auto until = clock::now() + limit;
  const auto& address = addresses_[slot].empty() ? state_.address : addresses_[slot];
  if (address.empty() && !around_.open) {
    fail(*current_, cli::connection, "there is no address to connect to");
  }
  for (;;) {
    std::exception_ptr problem;
    std::error_code why;
    try {
      // `connect` without an address, and cases, go where the first connection was to go.
      const auto left = std::max(until - clock::now(), chunk::net::duration{1});
      if (address.empty()) co_return co_await around_.open(left);
      co_return co_await reach_once(address, left);
    } catch (const chunk::failure& reason) {
      problem = std::current_exception();
      why = reason.code();
    }
    check_children();
    const bool again = state_.may_start_late && is_too_early(why) && clock::now() < until;
    if (!again) std::rethrow_exception(problem);
    asio::steady_timer pause(around_.context, retry_pause);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

void player::adopt(std::unique_ptr<chunk::net::transport> link) {
  channels_[0] = std::make_unique<channel>(std::move(link), std::string(), around_.limits);
}

asio::awaitable<void> player::connect(const step& now) {
  const auto slot = now.connection;
  if (!now.argument.empty()) addresses_[slot] = now.argument;
  if (slot == 0 && !now.argument.empty()) state_.address = now.argument;
  if (state_.prepares) co_return;
  if (channels_[slot]) {
    if (channels_[slot]->has_unwritten()) co_await channels_[slot]->flush(state_.how, limit());
    note_left(*channels_[slot]);
    channels_[slot].reset();
  }
  auto link = co_await reach(slot, limit());
  channels_[slot] =
      std::make_unique<channel>(std::move(link), around_.all.connections[slot], around_.limits);
  if (around_.trace)
    around_.trace->event(channels_[slot]->name(), "connected to " + channels_[slot]->link().name());
}

asio::awaitable<void> player::open_main() {
  if (channels_[0]) co_return;
  adopt(co_await reach(0, limit()));
  if (around_.trace) around_.trace->event("", "connected to " + channels_[0]->link().name());
}

asio::awaitable<void> player::wait_for(const step& now) {
  co_await flush();
  const auto until = began_ + limit();
  for (;;) {
    std::error_code why;
    std::string reason;
    try {
      const auto left = std::max(until - clock::now(), chunk::net::duration{1});
      const auto link = co_await reach_once(now.argument, left);
    } catch (const chunk::failure& problem) {
      why = problem.code();
      reason = problem.what();
    }
    if (!why) co_return;
    check_children();
    if (!is_too_early(why) && why != std::errc::timed_out) fail(now, cli::connection, reason);
    if (clock::now() >= until) {
      fail(now, cli::deadline, fmt::format("nobody accepts: {}", reason));
    }
    asio::steady_timer pause(around_.context, retry_pause);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<void> player::run(const step& now) {
  co_await flush();
  const auto end = co_await around_.children->run(now.argument, limit());
  const bool good = end.succeeded();
  if (now.type == kind::skip_if) {
    if (good) {
      const auto reason = "'" + shortened(chunk::quoted(now.argument), 60) + "' succeeded";
      throw skipped(reason);
    }
    co_return;
  }
  if (good) co_return;
  auto what = about(now, cli::negative, "ended with " + end.in_words());
  what.output = end.output;
  fail(std::move(what));
}

void player::start(const step& now) {
  around_.children->start(now.argument);
  state_.may_start_late = true;
  // What a step with an address of its own has not said otherwise.
  auto address = state_.values.find("address");
  if (!around_.open && address && *address) {
    const auto& path = **address;
    state_.address.assign(reinterpret_cast<const char*>(path.data()), path.size());
  }
}

/// A server that has failed is the reason for whatever fails now.
void player::check_children() {
  for (auto* const each : {around_.children, around_.setup_children}) {
    command_end end;
    const auto failed = each ? each->trouble(end) : std::nullopt;
    if (!failed) continue;
    auto what = about(*current_, cli::negative,
                      fmt::format("'{}' ended with {}", chunk::quoted(*failed), end.in_words()));
    what.output = end.output;
    fail(std::move(what));
  }
}

void player::check_time(const step& now) {
  const auto* const bound = std::exchange(bound_, nullptr);
  const auto took = clock::now() - began_;
  if (took >= bound->least && took <= bound->most) return;
  const bool early = took < bound->least;
  auto what = about(now, early ? cli::negative : cli::deadline,
                    fmt::format("took {}, {} {}", measured(took), early ? "less than" : "more than",
                                chunk::net::to_text(early ? bound->least : bound->most)));
  what.waited = took;
  what.allowed.reset();
  fail(std::move(what));
}

asio::awaitable<void> player::end_all() {
  current_ = &ending;
  began_ = clock::now();
  for (const auto& each : channels_) {
    if (!each) continue;
    if (each->has_unwritten()) co_await each->flush(state_.how, state_.timeout);
    each->link().shutdown_write();
  }
  const auto until = clock::now() + state_.timeout;
  for (const auto& each : channels_) {
    if (each) co_await end_of(*each, until);
  }
  drop();
  check_children();
}

void player::begin_anew(const conditions& start) {
  state_.timeout = start.timeout;
  state_.how.piece = start.how.piece;
  state_.how.pause = start.how.pause;
}

void player::drop() {
  for (auto& each : channels_) each.reset();
}

/// Sees one connection to its end.
asio::awaitable<void> player::end_of(channel& on, clock::time_point until) {
  unexamined left;
  left.peer = on.peer();
  alarm_.set(until);
  while (!on.ended && !left.endless) {
    count_left(on, left);
    if (on.try_fill()) {
      left.endless = !on.ended && clock::now() >= until;
      // A peer that sends without a pause takes turns with others.
      if (!on.in().drained()) co_await asio::post(around_.context, asio::use_awaitable);
      continue;
    }
    waiting_ = &on;
    co_await on.link().wait_readable();
    waiting_ = nullptr;
    left.endless = alarm_.expired();
  }
  alarm_.clear();
  count_left(on, left);
  keep(std::move(left));
  if (on.ended && !on.used_raw) value_or_throw(on.in().finish());
  if (!on.broken() || on.link().bytes_written() == 0) co_return;
  fail(*current_, cli::connection, on.progress() + ": " + message_of(*on.broken()));
}

/// Notes down what is left of a connection that is closed.
void player::note_left(channel& on) {
  unexamined left;
  left.peer = on.peer();
  count_left(on, left);
  keep(std::move(left));
}

void player::keep(unexamined left) {
  if (left.replies > 0 || left.bytes > 0 || left.endless) left_.push_back(std::move(left));
}

/// Takes what was received and not examined, and notes it down.
void player::count_left(channel& on, unexamined& out) {
  constexpr std::size_t most = 3;  // chosen: to recognise them
  if (on.used_raw) {
    out.bytes += on.in().held();
    on.in().discard();
    return;
  }
  while (const auto reply = on.in().next()) {
    if (!reply->begins) continue;
    ++out.replies;
    const chunk::chunk_view whole{reply->head.id, reply->payload};
    if (around_.trace) around_.trace->received(on.name(), whole);
    if (out.first.size() < most) out.first.push_back(shortened(show_shortened(whole), 60));
  }
}

fault player::about(const step& now, int status, std::string reason) const {
  fault out;
  out.status = status;
  out.reason = std::move(reason);
  out.where = now.where;
  out.step = chunk::quoted(now.text);
  if (!blocks_.empty()) {
    const auto& inner = blocks_.back();
    out.round = fmt::format("round {} of {}", inner.round, inner.rounds);
  }
  if (const auto& on = channels_[now.connection]) out.peer = on->peer();
  out.waited = clock::now() - began_;
  if (verb_of(now.type).waits) out.allowed = limit();
  if (now.type == kind::expect_nothing) out.allowed = now.most;
  const auto count = std::min(steps_, last_.size());
  for (auto at = steps_ - count; at < steps_; ++at) {
    const auto& each = *last_[at % last_.size()];
    if (at + 1 == steps_ && each.text.data() == now.text.data()) break;
    out.before.push_back(
        fmt::format("{}: {}", to_text(each.where), shortened(chunk::quoted(each.text), 100)));
  }
  return out;
}

void player::fail(const step& now, int status, std::string reason) const {
  fail(about(now, status, std::move(reason)));
}

void player::fail(fault what) const {
  throw step_failure(std::move(what));
}

void player::refuse_values(const step& now, const chunk::error& why) const {
  const bool of_script = why.code.category() == chunk::format_category();
  fail(now, of_script ? cli::negative : cli::local, to_text(why));
}

void player::fail_late(const step& now, channel& on) const {
  const auto arrived = show_partial(around_.limits.framing, on.in().unread());
  const char* const what_for =
      now.type == kind::expect_close ? "the connection was not ended" : nullptr;
  const bool raw = now.type == kind::raw_receive || now.type == kind::expect_raw;
  auto what = about(now, cli::deadline,
                    fmt::format("{} within {}",
                                what_for ? what_for
                                : raw    ? "not all bytes came"
                                         : "no reply",
                                chunk::net::to_text(limit())));
  if (now.type == kind::expect || raw) what.expected = chunk::quoted(now.text);
  what.received =
      raw ? fmt::format("{} bytes: {}", on.in().held(), show_shortened(on.in().unread())) : arrived;
  if (what.expected.empty()) what.expected = now.type == kind::expect_close ? "the end" : "a reply";
  if (on.in().held() > 0) what.offset = on.in().offset();
  fail(std::move(what));
}

void player::fail_at_end(const step& now, channel& on) {
  const auto partial = show_partial(around_.limits.framing, on.in().unread());
  const bool cut = on.in().held() > 0;
  const auto done = on.in().finish();
  auto reason = done ? std::string("closed before the reply")
                     : without_subject(done.error().detail, on.link().name());
  if (on.broken()) {
    reason += fmt::format("; {}: {}", on.progress(), message_of(*on.broken()));
  }
  auto what = about(now, done ? cli::connection : cli::format, std::move(reason));
  what.expected = now.type == kind::expect ? chunk::quoted(now.text) : "a reply";
  what.received = cut ? partial : "the end of the connection";
  fail(std::move(what));
}

void player::convert(const step& now, const chunk::failure& reason) const {
  const auto& on = channels_[now.connection];
  const auto text = on ? without_subject(reason.what(), on->link().name()) : reason.what();
  fail(now, cli::status_of(reason), text);
}

}  // namespace tools::script
