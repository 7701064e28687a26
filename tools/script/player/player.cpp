#include "script/player/player.hpp"

#include "cli/status.hpp"
#include "script/language/argument.hpp"
#include "script/language/words.hpp"

#include <chunk/notation.hpp>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace tools::script {

printer::~printer() = default;

player::player(surroundings& around, conditions start)
    : around_(around),
      state_(std::move(start)),
      channels_(around.all.connections.size()),
      addresses_(channels_.size()),
      alarm_(around.context, [this] {
        if (waiting_) waiting_->link().cancel();
      }) {}

namespace {

/// Chosen: some hundred microseconds of work.
constexpr std::size_t steps_in_a_row = 1024;

/// What is no step of the script fails as one of these.
step named(std::string_view text) {
  step out;
  out.text = text;
  return out;
}

}  // namespace

const step player::connecting = named("connecting");
const step player::ending = named("at the end");

asio::awaitable<void> player::reporting(asio::awaitable<void> work) {
  try {
    co_await std::move(work);
  } catch (const cli::status_failure&) {
    throw;
  } catch (const chunk::local_failure&) {
    throw;
  } catch (const chunk::failure& reason) {
    convert(*current_, reason);
  }
}

asio::awaitable<void> player::perform(std::span<const step> steps) {
  for (const auto& each : channels_) {
    if (each) each->shown.clear();
  }
  return reporting(play(steps));
}

asio::awaitable<void> player::connect_early() {
  current_ = &connecting;
  began_ = clock::now();
  return reporting(open_main());
}

asio::awaitable<void> player::finish() {
  return reporting(end_all());
}

asio::awaitable<void> player::play(std::span<const step> steps) {
  std::optional<step> resolved;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const step* now = &steps[at];
    // Steps that never wait let others have their turn, signals among them.
    if (++turns_ % steps_in_a_row == 0) {
      co_await asio::post(around_.context, asio::use_awaitable);
    }
    if (now->type == kind::repeat || now->type == kind::end) {
      at = jump(steps, at);
      continue;
    }
    current_ = now;
    last_[steps_++ % last_.size()] = now;
    began_ = clock::now();
    if (now->dynamic) {
      if (now->type == kind::start) state_.values.set("address", around_.children->fresh_address());
      auto known = with_values(*now, state_.values);
      if (!known) refuse_values(*now, known.error());
      resolved = std::move(*known);
      now = &*resolved;
    }
    if (auto work = attempt(*now)) co_await std::move(*work);
    if (bound_ && now->type != kind::within) check_time(*now);
  }
}

/// Gives the step after which to go on, at the beginning or at the end of a block.
std::size_t player::jump(std::span<const step> steps, std::size_t at) {
  const auto& now = steps[at];
  if (now.type == kind::repeat) {
    if (now.count == 0) return at + now.length;
    blocks_.push_back({at, 1, now.count});
    return at;
  }
  auto& inner = blocks_.back();
  if (inner.round++ < inner.rounds) return inner.begin;
  blocks_.pop_back();
  return at;
}

/// Performs a step, or gives the rest of the work where something has to be waited for: most steps
/// of a pipelined script thus cost no coroutine of their own.
std::optional<asio::awaitable<void>> player::attempt(const step& now) {
  switch (now.type) {
    case kind::within: bound_ = &now; return std::nullopt;
    case kind::timeout: state_.timeout = now.most; return std::nullopt;
    case kind::let: assign(now); return std::nullopt;
    case kind::slice:
      state_.how.piece = now.count;
      state_.how.pause = now.most;
      return std::nullopt;
    case kind::start: start(now); return std::nullopt;
    case kind::delay: return pause(now);
    case kind::connect: return connect(now);
    case kind::wait_for: return wait_for(now);
    case kind::skip_if:
    case kind::run: return run(now);
    default: break;
  }
  if (auto* const on = channels_[now.connection].get()) return attempt_on(now, *on);
  return open_then(now);
}

asio::awaitable<void> player::open_then(const step& now) {
  if (now.connection != 0) fail(now, cli::connection, "the connection is closed");
  co_await open_main();
  if (auto work = attempt_on(now, *channels_[0])) co_await std::move(*work);
}

std::optional<asio::awaitable<void>> player::attempt_on(const step& now, channel& on) {
  switch (now.type) {
    case kind::send:
    case kind::raw_send: return send(now, on);
    case kind::send_file: return send_file(now, on);
    case kind::request:
    case kind::request_decoded:
      if (auto work = send(now, on)) return work;
      return examine(now, on);
    case kind::expect: return examine(now, on);
    case kind::expect_raw:
    case kind::raw_receive: return take_raw(now, on);
    case kind::expect_close: return await_close(now, on);
    case kind::expect_nothing: return await_silence(now, on);
    default: return part(now, on);
  }
}

std::optional<asio::awaitable<void>> player::send(const step& now, channel& on) {
  if (around_.trace) around_.trace->sent(on.name(), now.bytes, now.type != kind::raw_send);
  const bool held = on.add(now.bytes);
  if (!held || bound_) return send_long(now, on, held);
  return std::nullopt;
}

/// Writes a step's bytes with what was gathered before them, and sees a request through.
asio::awaitable<void> player::send_long(const step& now, channel& on, bool held) {
  co_await on.flush(state_.how, write_limit(), held ? nullptr : &now.bytes);
  const bool asks = now.type == kind::request || now.type == kind::request_decoded;
  if (asks) co_await await_reply(now, on);
}

/// Examines the next reply, if it is there.
std::optional<asio::awaitable<void>> player::examine(const step& now, channel& on) {
  if (on.has_unwritten() && !on.flush_at_once(state_.how)) return await_reply(now, on);
  if (now.type == kind::expect && !on.shown.empty()) {
    const auto again = std::move(on.shown.front());
    on.shown.pop_front();
    compare(now, {{again.head.id, again.payload}, again.offset, again.header_size});
    return std::nullopt;
  }
  const auto reply = on.in().next();
  if (!reply) return await_reply(now, on);
  judge(now, on, *reply);
  return std::nullopt;
}

/// Waits for bytes, until the deadline of the step. False: the stream has ended.
asio::awaitable<bool> player::more(channel& on) {
  for (;;) {
    if (const auto got = on.try_fill()) co_return *got;
    waiting_ = &on;
    co_await on.link().wait_readable();
    waiting_ = nullptr;
    if (!alarm_.expired()) continue;
    if (const auto got = on.try_fill()) co_return *got;  // it came at the last moment
    fail_late(*current_, on);
  }
}

/// Writes what was gathered, for all peers: who waits for one may be waiting for another one's
/// doing. The pauses of slice are time of their own, not the step's.
asio::awaitable<void> player::write_all() {
  const bool sliced = state_.how.piece > 0;
  for (const auto& each : channels_) {
    if (!each || !each->has_unwritten()) continue;
    co_await each->flush(state_.how, limit());
    if (sliced) began_ = clock::now();
  }
}

asio::awaitable<void> player::await_reply(const step& now, channel& on) {
  co_await write_all();
  alarm_.set(began_ + limit());
  for (;;) {
    if (const auto reply = on.in().next()) {
      alarm_.clear();
      judge(now, on, *reply);
      co_return;
    }
    const bool go_on = co_await more(on);
    if (!go_on) break;
  }
  alarm_.clear();
  fail_at_end(now, on);
}

void player::judge(const step& now, channel& on, const chunk::fragment& reply) {
  if (!reply.ends && on.ended) fail_at_end(now, on);
  if (!reply.begins || !reply.ends) {
    auto problem = chunk::too_large(reply.head, reply.offset, longest_whole);
    fail(now, cli::format, std::move(problem.detail));
  }
  const auto whole = reply.placed();
  ++replies_;
  if (around_.trace) around_.trace->received(on.name(), whole);
  if (now.type == kind::expect) return compare(now, whole);
  print(now, reply);
  if (!around_.all.expects) return;
  on.shown.push_back(
      {reply.head, reply.offset, {reply.payload.begin(), reply.payload.end()}, reply.header_size});
}

void player::compare(const step& now, const chunk::placed_chunk& whole) {
  captured names;
  auto wrong = now.wanted->compare(whole, whole.payload_offset(), names);
  for (const auto& [name, value] : names) state_.values.set(name, value);
  if (!wrong) return;
  auto what = about(now, cli::negative, std::move(wrong->reason));
  what.expected = chunk::quoted(now.text);
  what.received = show_shortened(whole);
  what.bytes = std::move(wrong->bytes);
  what.offset = whole.offset;
  fail(std::move(what));
}

void player::print(const step& now, const chunk::fragment& reply) {
  const auto inner = chunk::split(reply.payload, 0, around_.limits.framing);
  const bool decoded = now.type == kind::request_decoded && inner && !inner->empty();
  around_.out.line(decoded ? to_text(reply.head.id, *inner)
                           : to_text(chunk::chunk_view{reply.head.id, reply.payload}));
}

asio::awaitable<void> player::take_raw(const step& now, channel& on) {
  on.used_raw = true;
  co_await write_all();
  const bool compares = now.type == kind::expect_raw;
  const auto wanted = compares ? now.text_bytes.size() : static_cast<std::size_t>(now.count);
  alarm_.set(began_ + limit());
  while (on.in().held() < wanted) {
    const bool go_on = co_await more(on);
    if (!go_on) break;
  }
  alarm_.clear();
  const auto offset = on.in().offset();
  const auto came = co_await on.in().take(wanted);
  if (around_.trace) around_.trace->received(on.name(), came);
  if (!compares) around_.out.raw(came);
  difference found;
  const auto read = [&](std::uint64_t from, std::span<std::byte> out) {
    const auto rest = std::span(now.text_bytes).subspan(static_cast<std::size_t>(from));
    const auto count = std::min(rest.size(), out.size());
    std::ranges::copy(rest.first(count), out.begin());
    return count;
  };
  const bool differs = compares && find_difference(wanted, read, came, found);
  const bool cut = came.size() < wanted;
  if (!differs && !cut) co_return;
  const bool cut_only = cut && (!differs || found.at == came.size());
  auto what =
      about(now, cut_only ? cli::format : cli::negative,
            cut_only ? fmt::format("the stream ended after {} of {} bytes", came.size(), wanted)
                     : "the bytes differ: " + found.in_words());
  what.received = show_shortened(came);
  if (compares) what.expected = chunk::quoted(now.text);
  found.offset = offset;
  what.offset = offset;
  if (differs) what.bytes = std::move(found);
  fail(std::move(what));
}

asio::awaitable<void> player::await_close(const step& now, channel& on) {
  co_await write_all();
  std::error_code how = on.broken().value_or(std::error_code{});
  alarm_.set(began_ + limit());
  for (bool go_on = true; go_on;) {
    if (const auto reply = on.in().next()) {
      if (!reply->ends && on.ended) fail_at_end(now, on);
      auto what = about(now, cli::negative, "a chunk came, not the end of the connection");
      what.expected = chunk::quoted(now.text);
      what.received = show_shortened(chunk::chunk_view{reply->head.id, reply->payload});
      what.offset = reply->offset;
      fail(std::move(what));
    }
    std::error_code lost;
    try {
      go_on = co_await more(on);
    } catch (const step_failure&) {
      throw;
    } catch (const chunk::failure& reason) {
      lost = reason.code();
      go_on = false;
      on.ended = true;
    }
    if (lost) how = lost;
  }
  alarm_.clear();
  if (const auto done = on.in().finish(); !done) convert(now, chunk::failure(done.error()));
  // To write to a peer that has closed in good order is no reset.
  const bool reset = how && how != std::errc::broken_pipe;
  if (around_.trace)
    around_.trace->event(on.name(), reset ? "reset by the peer" : "ended by the peer");
  if (now.ending == closing::eof && reset) {
    fail(now, cli::negative, "the connection was reset, not ended: " + message_of(how));
  }
  if (now.ending == closing::reset && !reset) {
    fail(now, cli::negative, "the connection was ended, not reset");
  }
}

asio::awaitable<void> player::await_silence(const step& now, channel& on) {
  co_await write_all();
  if (on.in().held() == 0 && !on.ended) {
    alarm_.set(now.most);
    for (bool silent = true; silent;) {
      waiting_ = &on;
      co_await on.link().wait_readable();
      waiting_ = nullptr;
      if (alarm_.expired()) co_return;
      silent = !on.try_fill();
    }
    alarm_.clear();
  }
  if (on.in().held() == 0) fail(now, cli::negative, "the peer ended the connection");
  auto what = about(now, cli::negative, "something came");
  what.expected = "nothing";
  what.offset = on.in().offset();
  if (const auto reply = on.in().next()) {
    what.received = show_shortened(chunk::chunk_view{reply->head.id, reply->payload});
  } else {
    what.received = show_shortened(on.in().unread());
  }
  fail(std::move(what));
}

/// Ends a connection, or a half of it.
asio::awaitable<void> player::part(const step& now, channel& on) {
  if (on.has_unwritten()) co_await on.flush(state_.how, write_limit());
  if (around_.trace) around_.trace->event(on.name(), now.text);
  if (now.type == kind::shutdown) {
    if (now.direction == half::write) on.link().shutdown_write();
    if (now.direction == half::read) on.link().shutdown_read();
    co_return;
  }
  note_left(on);
  if (now.type == kind::reset) on.link().reset();
  channels_[now.connection].reset();
}

asio::awaitable<void> player::pause(const step& now) {
  co_await flush();
  asio::steady_timer timer(around_.context, now.most);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> player::flush() {
  for (const auto& each : channels_) {
    if (each && each->has_unwritten()) co_await each->flush(state_.how, write_limit());
  }
}

void player::assign(const step& now) {
  state_.values.set(now.name, now.text_bytes);
}

}  // namespace tools::script
