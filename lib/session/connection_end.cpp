// How the connections of a server end.
#include "connection.hpp"

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <optional>
#include <system_error>

namespace chunk::session {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Chosen: how long a client may go on sending after its connection was refused further service,
/// so that a reset does not overtake the replies it has still to read.
constexpr net::duration linger_timeout = 1s;

/// Chosen: how soon it is noticed that a client has taken all that was sent, which wakes nobody.
constexpr net::duration taken_check = 10ms;

}  // namespace

/// Sends what was answered before the fault, and closes without a reset.
asio::awaitable<void> server::connection::close_gracefully() {
  replies_.truncate(complete_);
  co_await flush();
  link_->shutdown_write();
  auto scratch = owner_.pool_.take(reader_options{}.block);
  const auto until = clock::now() + linger_timeout;
  alarm_.set(until);
  for (std::optional<std::size_t> got = 1; got != 0 && clock::now() < until;) {
    co_await link_->wait_readable();
    got = link_->try_read(scratch);
    co_await asio::post(owner_.context_, asio::use_awaitable);  // others have their turn
  }
  owner_.pool_.put(std::move(scratch));
}

/// Ends a connection that nobody is at fault for: at once if the client has taken everything.
void server::connection::leave() {
  link_->shutdown_write();
  // A client that has ended its side sends nothing that would make the system drop what it has
  // still to take.
  const bool endangered = why_ != close_reason::ended && link_->unacked().value_or(0) > 0;
  if (!endangered && !link_->close_notify_pending()) return finish();
  parting_ = true;
  perform(drain_peer(), &connection::finish);
}

/// Waits until the client has taken what was sent, as long as it goes on taking. What it sends
/// meanwhile is not for this server any more.
asio::awaitable<void> server::connection::drain_peer() {
  auto scratch = owner_.pool_.take(reader_options{}.block);
  auto left = link_->unacked().value_or(0);
  auto until = clock::now() + options_.write_timeout;
  for (bool sends = why_ != close_reason::ended; clock::now() < until;) {
    const auto now_left = link_->unacked().value_or(0);
    if (!link_->close_notify_pending() && (now_left == 0 || !sends)) break;
    if (now_left < left) until = clock::now() + options_.write_timeout;
    left = now_left;
    alarm_.set(std::min(until, clock::now() + taken_check));
    if (sends) {
      co_await link_->wait_readable();
      sends = link_->try_read(scratch) != 0;
    } else {
      co_await link_->wait_writable();
      link_->shutdown_write();
    }
    co_await asio::post(owner_.context_, asio::use_awaitable);  // others have their turn
  }
  owner_.pool_.put(std::move(scratch));
}

/// What a failure before the first request means.
void server::connection::judge_preparation(const failure& reason) {
  const auto& code = reason.code();
  if (code == std::errc::permission_denied) return;  // the objection is on record
  why_ = close_reason::handshake_failed;
  if (code == std::errc::operation_canceled && draining_) {
    why_ = close_reason::drained;
    detail_.clear();
  } else if (code == std::errc::operation_canceled) {
    why_ = close_reason::handshake_slow;
    detail_ = "not done within " + net::to_text(options_.handshake_timeout);
  }
}

void server::connection::judge(const std::exception_ptr& problem) {
  if (!problem || cut_) return;
  try {
    std::rethrow_exception(problem);
  } catch (const failure& reason) {
    detail_ = reason.what();
    // Who the client is, the record tells anyway.
    const auto subject = link_->name() + ": ";
    if (detail_.starts_with(subject)) detail_.erase(0, subject.size());
    if (preparing_) return judge_preparation(reason);
    if (const auto* const known = dynamic_cast<const close_error*>(&reason)) {
      why_ = known->why();
      return;
    }
    const auto& code = reason.code();
    const bool slow = why_ == close_reason::write_stalled || why_ == close_reason::handler_timeout;
    if (slow && code == std::errc::timed_out) return;
    if (code == errc::violation) {
      why_ = close_reason::violation;
    } else if (code == std::errc::permission_denied) {
      why_ = close_reason::denied;
    } else if (code == errc::too_large) {
      why_ = close_reason::too_large;
    } else if (code == errc::truncated) {
      why_ = close_reason::truncated;
    } else if (code == std::errc::connection_reset && receiver_->held() == 0 &&
               replies_.bytes().empty()) {
      why_ = close_reason::reset;
    } else {
      why_ = close_reason::lost;
    }
  } catch (const std::exception& reason) {
    why_ = close_reason::failed;
    detail_ = reason.what();
  }
}

void server::connection::on_error(const std::exception_ptr& problem) {
  pipeline_.reset();  // no reply may come behind one that is missing
  // That a client at fault is gone or stalled as well changes nothing.
  if (parting_) return finish();
  judge(problem);
  const bool ours = why_ == close_reason::failed || why_ == close_reason::handler_timeout;
  const bool at_fault = why_ == close_reason::violation || why_ == close_reason::denied ||
                        why_ == close_reason::too_large;
  if (!(at_fault || ours) || preparing_ || cut_) return finish();
  parting_ = true;
  perform(close_gracefully(), &connection::finish);
}

void server::connection::finish() {
  owner_.forget(about_.number);
}

}  // namespace chunk::session
