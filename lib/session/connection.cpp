#include "connection.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <new>
#include <system_error>
#include <utility>

namespace chunk::session {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// How long a client that is not served any more may continue to send. Closing earlier could reset
/// the connection before the client has read its replies. Chosen.
constexpr net::duration linger_timeout = 1s;

/// How often to check whether a client has read everything, for which there is no event. Chosen.
constexpr net::duration taken_check = 10ms;

/// Takes what is known of a connection out of it.
connection_info take_info(net::accepted_connection& from) {
  connection_info out;
  out.number = from.number;
  out.remote = std::move(from.remote);
  out.local = std::move(from.local);
  out.since = from.since;
  return out;
}

close_error too_slow(close_reason why, const char* what, net::duration limit) {
  return {why, error{std::make_error_code(std::errc::timed_out), what + net::to_text(limit)}};
}

}  // namespace

connection::connection(connection_context& shared, net::accepted_connection from)
    : shared_(shared),
      link_(std::move(from.link)),
      admission_(std::move(from.counted)),
      preamble_(from.preamble),
      info_(take_info(from)),
      answers_(info_, *link_, shared.by, shared.options, shared.pool),
      deadline_(shared.context, [this] { on_deadline(); }) {
  link_->take_remote();  // info_ has it
}

void connection::start() {
  try {
    auto work = shared_.by.take_over(info_, *link_);
    if (work) return perform(std::move(*work), &connection::finish);
  } catch (const std::bad_alloc&) {
    return on_error(std::current_exception());
  }
  go_on();
}

void connection::drain() {
  ordered_ = order::drain;
  if (now_ != phase::waiting) return;
  try {
    deadline_.set(may_stay() ? clock::now() + newcomer_grace : clock::now());
  } catch (const std::bad_alloc&) {
    link_->cancel();
  }
}

void connection::cut() {
  ordered_ = order::cut;
  const bool at_work = now_ != phase::running && now_ != phase::waiting;
  if (at_work) {
    stop_.emit(asio::cancellation_type::terminal);
  } else {
    link_->cancel();
  }
}

const closure& connection::end() {
  if (ordered_ == order::cut) end_.why = close_reason::cut;
  return end_;
}

const connection_info& connection::info() {
  info_.bytes_in = link_->bytes_read() - preamble_;
  info_.bytes_out = link_->bytes_written();
  return info_;
}

/// Called when a wait has taken too long.
void connection::on_deadline() {
  if (now_ == phase::handling) {
    stop_.emit(asio::cancellation_type::terminal);
  } else {
    link_->cancel();
  }
}

asio::awaitable<void> connection::flush() {
  while (!answers_.flush_at_once()) {
    const auto before = link_->unacked();
    deadline_.set(shared_.options.write_timeout);
    co_await link_->wait_writable();
    deadline_.clear();
    if (!deadline_.expired()) continue;
    // The system reports room only after the client has read a lot, however steadily it reads.
    const bool progresses = before && link_->unacked().value_or(*before) < *before;
    if (!progresses) {
      throw too_slow(close_reason::write_stalled, "no reply taken for ",
                     shared_.options.write_timeout);
    }
  }
}

/// Waits for the replies to requests that could not be answered at once, each with its own
/// deadline.
asio::awaitable<void> connection::see_through() {
  while (answers_.has_work()) {
    if (!answers_.flush_at_once()) co_await flush();
    now_ = phase::handling;
    deadline_.set(shared_.options.handler_timeout);
    std::exception_ptr problem;
    try {
      co_await answers_.next_work();
    } catch (...) {
      problem = std::current_exception();
    }
    const bool late = deadline_.expired();
    deadline_.clear();
    now_ = phase::working;
    if (late) {
      throw too_slow(close_reason::handler_timeout, "not answered within ",
                     shared_.options.handler_timeout);
    }
    if (problem) std::rethrow_exception(problem);
  }
}

/// Says whether a draining server waits for this client's first request.
bool connection::may_stay() const {
  const auto since = shared_.draining_since.value_or(clock::time_point::max());
  return info_.requests == 0 && info_.since > since - newcomer_age &&
         clock::now() < since + newcomer_grace;
}

/// Says whether a connection that waits until `due`, and has nothing to read, has to end, and why.
bool connection::is_over(clock::time_point due) {
  const bool coming = clock_.coming();
  if (draining() && !coming && !may_stay()) {
    end_.why = close_reason::drained;
    return true;
  }
  // Compares times, since the connection may have been woken by something other than the deadline.
  if (clock::now() < due || (draining() && !coming)) return false;
  const auto& options = shared_.options;
  if (coming) {
    end_ = {close_reason::request_slow,
            "not whole within " + net::to_text(options.request_timeout)};
  } else {
    end_ = {close_reason::idle, "nothing received for " + net::to_text(options.idle_timeout)};
  }
  return true;
}

/// Answers the requests that have arrived, and then waits for more.
void connection::advance() {
  for (;;) {
    if (ordered_ == order::cut) return finish();
    const auto before = info_.requests;
    const auto need = answers_.answer_received();
    if (info_.requests > before) clock_.restart();
    if (need == responder::need::output) return perform(flush(), &connection::go_on);
    if (need == responder::need::handler) return perform(see_through(), &connection::go_on);
    const auto received = answers_.read(draining());
    if (!received) break;
    if (!*received) {
      value_or_throw(answers_.reader().finish());
      return leave();
    }
    // Yields, so that a client that sends without a pause does not block the others.
    if (draining() || !answers_.reader().drained()) {
      return asio::post(shared_.context, later(&connection::go_on));
    }
  }
  wait_for_request();
}

/// Waits for a request, or for the rest of one, unless its deadline has passed.
void connection::wait_for_request() {
  answers_.release();
  const auto held = answers_.reader().held();
  const bool coming = held > 0 || link_->holds_part();
  std::optional<clock::time_point> draining_until;
  if (draining()) draining_until = *shared_.draining_since + newcomer_grace;
  const auto due = clock_.due(held, coming, shared_.options, draining_until);
  if (is_over(due)) return end_.why == close_reason::request_slow ? finish() : leave();
  now_ = phase::waiting;
  deadline_.set(due);
  link_->when_readable(shared_.context, weak_from_this());
}

void connection::go_on() {
  try {
    advance();
  } catch (const std::exception&) {
    on_error(std::current_exception());
  }
}

/// Called at the end of a wait for a request; the code says why the system has refused it.
void connection::on_wait_end(const std::error_code& problem) {
  now_ = phase::running;
  deadline_.clear();
  if (problem) {
    return on_error(std::make_exception_ptr(failure(error{problem, link_->name()})));
  }
  answers_.set_readable();
  go_on();
}

/// Wraps a callback, which is not called if the connection has been destroyed.
std::function<void()> connection::later(step next) {
  return [weak = weak_from_this(), next] {
    if (const auto self = weak.lock()) (self.get()->*next)();
  };
}

/// Performs work that waits, and then the next step.
void connection::perform(asio::awaitable<void> work, step next) {
  if (now_ != phase::parting) now_ = phase::working;
  auto done = [weak = weak_from_this(), next](const std::exception_ptr& problem) {
    const auto self = weak.lock();
    if (!self) return;
    if (self->now_ != phase::parting) self->now_ = phase::running;
    if (problem && self->ordered_ != order::cut) return self->on_error(problem);
    if (self->ordered_ == order::cut) return self->finish();
    (self.get()->*next)();
  };
  asio::co_spawn(shared_.context, std::move(work),
                 asio::bind_cancellation_slot(stop_.slot(), std::move(done)));
}

void connection::on_error(const std::exception_ptr& problem) {
  answers_.abandon();
  // A fault remains the reason even if the client has also disconnected or stalled.
  if (now_ == phase::parting || ordered_ == order::cut) {
    // That replies from before the fault are lost in this process is another matter.
    const auto later = judge(problem, link_->name(), false);
    if (later.why == close_reason::local_failed) end_ = later;
    return finish();
  }
  const bool between_requests = answers_.reader().held() == 0 && !answers_.has_unsent();
  end_ = judge(problem, link_->name(), between_requests);
  const bool ours = end_.why == close_reason::failed || end_.why == close_reason::local_failed ||
                    end_.why == close_reason::handler_timeout;
  const bool at_fault = end_.why == close_reason::violation || end_.why == close_reason::denied ||
                        end_.why == close_reason::too_large;
  if (!at_fault && !ours) return finish();
  now_ = phase::parting;
  try {
    perform(close_gracefully(), &connection::finish);
  } catch (const std::bad_alloc&) {
    finish();
  }
}

/// Sends the replies from before the fault, and closes without a reset.
asio::awaitable<void> connection::close_gracefully() {
  answers_.drop_unfinished();
  co_await flush();
  link_->shutdown_write();
  auto scratch = shared_.pool.take(reader_options{}.block);
  const auto until = clock::now() + linger_timeout;
  deadline_.set(until);
  for (std::optional<std::size_t> got = 1; got != 0 && clock::now() < until;) {
    co_await link_->wait_readable();
    got = link_->try_read(scratch);
    co_await asio::post(shared_.context, asio::use_awaitable);  // yields
  }
  shared_.pool.put(std::move(scratch));
}

/// Ends a connection without a fault: at once if the client has read everything.
void connection::leave() {
  link_->shutdown_write();
  // A client that has ended its side sends nothing more. Otherwise closing with unread data would
  // make the system discard replies that the client has not read yet.
  const bool endangered = end_.why != close_reason::ended && link_->unacked().value_or(0) > 0;
  if (!endangered && !link_->close_notify_pending()) return finish();
  now_ = phase::parting;
  perform(drain_peer(), &connection::finish);
}

/// Waits until the client has read everything, while it makes progress. Requests that it sends
/// meanwhile are ignored.
asio::awaitable<void> connection::drain_peer() {
  const auto limit = shared_.options.write_timeout;
  auto scratch = shared_.pool.take(reader_options{}.block);
  auto left = link_->unacked().value_or(0);
  auto until = clock::now() + limit;
  for (bool sends = end_.why != close_reason::ended; clock::now() < until;) {
    const auto now_left = link_->unacked().value_or(0);
    if (!link_->close_notify_pending() && (now_left == 0 || !sends)) break;
    if (now_left < left) until = clock::now() + limit;
    left = now_left;
    deadline_.set(std::min(until, clock::now() + taken_check));
    if (sends) {
      co_await link_->wait_readable();
      sends = link_->try_read(scratch) != 0;
    } else {
      co_await link_->wait_writable();
      link_->shutdown_write();
    }
    co_await asio::post(shared_.context, asio::use_awaitable);  // yields
  }
  shared_.pool.put(std::move(scratch));
}

void connection::finish() {
  shared_.on_end(info_.number);
}

}  // namespace chunk::session
