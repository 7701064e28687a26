#include "chunk/server.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace chunk {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Chosen: how long a client may go on sending after its connection was refused further service,
/// so that a reset does not overtake the replies it has still to read.
constexpr duration linger_timeout = 1s;

/// Chosen: short for a client, long for a processor.
constexpr duration accept_pause = 100ms;

}  // namespace

std::string_view to_text(ending why) {
  switch (why) {
    case ending::ended: return "ended";
    case ending::drained: return "drained";
    case ending::cut: return "cut";
    case ending::idle: return "idle";
    case ending::violation: return "violation";
    case ending::denied: return "denied";
    case ending::too_large: return "too-large";
    case ending::truncated: return "truncated";
    case ending::lost: return "lost";
    case ending::write_stalled: return "write-stalled";
    case ending::handler_timeout: return "handler-timeout";
    case ending::over_capacity: return "over-capacity";
    case ending::failed: return "failed";
  }
  return "unknown";
}

service::~service() = default;

/// One connection. The server's table owns it; its coroutine ends before it does.
class server::session {
 public:
  session(server& owner, std::unique_ptr<transport> link, connection about)
      : owner_(owner),
        options_(owner.options_),
        link_(std::move(link)),
        about_(std::move(about)),
        receiver_(*link_, {options_.max_payload, options_.max_payload}, &owner.pool_),
        replies_(owner.pool_),
        alarm_(owner.context_, [this] { link_->cancel(); }) {}

  asio::awaitable<void> run();

  /// Ends the session where nothing is in progress, or else as soon as nothing is.
  void drain() {
    draining_ = true;
    if (waiting_) link_->cancel();
  }

  /// Ends the session now.
  void cut() {
    cut_ = true;
    stop_.emit(asio::cancellation_type::terminal);
  }

  asio::cancellation_slot stop_slot() { return stop_.slot(); }

  /// Puts the outcome on record.
  void report() {
    if (cut_) why_ = ending::cut;
    about_.bytes_in = link_->bytes_read();
    about_.bytes_out = link_->bytes_written();
    owner_.service_.closed(about_, why_, detail_);
  }

 private:
  asio::awaitable<void> converse();
  std::optional<asio::awaitable<void>> answer_received();
  asio::awaitable<void> see_through(asio::awaitable<void> work);
  bool flush_at_once();
  asio::awaitable<void> flush();
  bool is_over();
  asio::awaitable<void> part_ways();
  void judge(const std::exception_ptr& problem);

  server& owner_;
  const server_options& options_;
  std::unique_ptr<transport> link_;
  connection about_;
  receiver receiver_;
  view request_{};  // being answered; the handler's work may refer to it
  replies replies_;
  std::size_t sent_ = 0;      // bytes of the replies that the client has taken
  std::size_t complete_ = 0;  // bytes of the replies to requests that are done
  asio::cancellation_signal stop_;
  bool draining_ = false;
  bool cut_ = false;
  bool waiting_ = false;
  ending why_ = ending::ended;
  std::string detail_;

  alarm alarm_;
};

/// Sends what the client takes at once, and says whether that was everything.
bool server::session::flush_at_once() {
  const auto rest = replies_.bytes().subspan(sent_);
  if (!rest.empty()) sent_ += link_->try_write(rest).value_or(0);
  if (sent_ < replies_.bytes().size()) return false;
  sent_ = complete_ = 0;
  replies_.clear();
  return true;
}

asio::awaitable<void> server::session::flush() {
  while (!flush_at_once()) {
    alarm_.set(options_.write_timeout);
    co_await link_->wait_writable();
    alarm_.clear();
    if (alarm_.rang()) {
      why_ = ending::write_stalled;
      throw failure(error{std::make_error_code(std::errc::timed_out),
                          "no reply taken for " + to_text(options_.write_timeout)});
    }
  }
}

/// Sees one request through that could not be answered at once.
asio::awaitable<void> server::session::see_through(asio::awaitable<void> work) {
  co_await flush();
  why_ = ending::handler_timeout;
  auto late = "not answered within " + to_text(options_.handler_timeout);
  co_await within(options_.handler_timeout, std::move(work), std::move(late));
  why_ = ending::ended;
}

/// Answers what was received until something has to be waited for, and gives that. Nothing: all of
/// it is answered and sent. Most requests thus cost no coroutine of their own.
std::optional<asio::awaitable<void>> server::session::answer_received() {
  while (const auto given = receiver_.next()) {
    if (!given->ends) break;  // the stream ended inside it
    request_ = {given->head.id, given->payload};
    ++about_.requests;
    about_.last_id = request_.id;
    complete_ = replies_.bytes().size();
    auto work = owner_.service_.answer(about_, request_, replies_);
    if (work) return see_through(std::move(*work));
    if (replies_.bytes().size() > options_.max_unsent && !flush_at_once()) return flush();
  }
  if (!flush_at_once()) return flush();
  return std::nullopt;
}

/// Says whether a session with nothing to read is to end, and why.
bool server::session::is_over() {
  if (alarm_.rang()) {
    why_ = ending::idle;
    detail_ = "nothing received for " + to_text(options_.idle_timeout);
    return true;
  }
  if (!draining_ || receiver_.held() > 0) return false;
  why_ = ending::drained;
  return true;
}

asio::awaitable<void> server::session::converse() {
  // GCC 12 miscompiles a loop that waits in its condition as well as in its body.
  for (bool try_first = true;;) {
    if (auto wait = answer_received()) {
      co_await std::move(*wait);
      if (cut_) co_return;
      continue;
    }
    try_first = try_first || draining_ || !receiver_.drained();
    const auto received = try_first ? receiver_.try_fill() : std::nullopt;
    try_first = false;
    if (received && !*received) break;
    if (received) {
      alarm_.reset();
      // A client that sends without a pause takes turns with the others.
      if (!receiver_.drained()) co_await asio::post(owner_.context_, asio::use_awaitable);
      continue;
    }
    receiver_.release();
    if (is_over()) co_return;
    waiting_ = true;
    alarm_.set(options_.idle_timeout);
    co_await link_->wait_readable();
    waiting_ = false;
    alarm_.clear();
    try_first = true;
  }
  value_or_throw(receiver_.finish());
}

/// Sends what was answered before the fault, and closes without a reset.
asio::awaitable<void> server::session::part_ways() {
  replies_.truncate(complete_);
  co_await flush();
  link_->shutdown_write();
  auto scratch = owner_.pool_.take(receive_options{}.block);
  const auto until = clock::now() + linger_timeout;
  alarm_.set(until);
  for (std::optional<std::size_t> got = 1; got != 0 && clock::now() < until;) {
    co_await link_->wait_readable();  // each time, so that others have their turn
    got = link_->try_read(scratch);
  }
  owner_.pool_.put(std::move(scratch));
}

void server::session::judge(const std::exception_ptr& problem) {
  if (!problem || cut_) return;
  try {
    std::rethrow_exception(problem);
  } catch (const failure& reason) {
    detail_ = reason.what();
    // Who the client is, the record tells anyway.
    const auto subject = link_->name() + ": ";
    if (detail_.starts_with(subject)) detail_.erase(0, subject.size());
    const auto& code = reason.code();
    const bool slow = why_ == ending::write_stalled || why_ == ending::handler_timeout;
    if (slow && code == std::errc::timed_out) return;
    if (code == errc::violation) {
      why_ = ending::violation;
    } else if (code == std::errc::permission_denied) {
      why_ = ending::denied;
    } else if (code == errc::too_large) {
      why_ = ending::too_large;
    } else if (code == errc::truncated) {
      why_ = ending::truncated;
    } else {
      why_ = ending::lost;
    }
  } catch (const std::exception& reason) {
    why_ = ending::failed;
    detail_ = reason.what();
  }
}

asio::awaitable<void> server::session::run() {
  std::exception_ptr problem;
  try {
    co_await converse();
  } catch (const std::exception&) {
    problem = std::current_exception();
  }
  judge(problem);
  const bool at_fault =
      why_ == ending::violation || why_ == ending::denied || why_ == ending::too_large;
  if (!at_fault) co_return;
  const auto fault = why_;
  try {
    co_await part_ways();
  } catch (const std::system_error&) {
    // The fault is on record already; that the client is gone or stalled as well changes nothing.
    why_ = fault;
  }
}

server::server(asio::io_context& context, service& with, server_options options)
    : context_(context),
      service_(with),
      options_(options),
      change_(context, clock::time_point::max()) {}

server::~server() = default;

void server::listen(std::unique_ptr<listener> from) {
  auto& added = listeners_.emplace_back(std::move(from));
  ++accepting_;
  asio::co_spawn(context_, accept_from(added), [this](const std::exception_ptr& problem) {
    --accepting_;
    change_.cancel();
    if (problem) std::rethrow_exception(problem);
  });
}

asio::awaitable<void> server::accept_from(std::shared_ptr<listener> from) {
  while (!draining_since_) {
    std::unique_ptr<transport> link;
    std::optional<error> problem;
    try {
      link = co_await from->accept();
      if (!link) break;
    } catch (const std::system_error& reason) {
      problem = error{reason.code(), to_text(from->local())};
    }
    if (problem) {
      service_.accept_failed(*problem);
      asio::steady_timer pause(context_, accept_pause);
      co_await pause.async_wait(asio::use_awaitable);
    } else {
      serve(std::move(link), from->local());
      // Clients that come without a pause take turns with those that are here.
      co_await asio::post(context_, asio::use_awaitable);
    }
  }
}

void server::serve(std::unique_ptr<transport> link, const endpoint& local) {
  connection about;
  about.number = ++last_number_;
  about.remote = link->remote();
  about.local = local;
  about.since = clock::now();
  if (sessions_.size() >= options_.max_connections) {
    service_.closed(about, ending::over_capacity, {});
    return;
  }
  service_.opened(about);
  const auto number = about.number;
  const auto added = std::make_shared<session>(*this, std::move(link), std::move(about));
  sessions_.emplace(number, added);
  if (draining_since_) added->drain();
  asio::co_spawn(context_, added->run(),
                 asio::bind_cancellation_slot(added->stop_slot(),
                                              [this, number](const std::exception_ptr& problem) {
                                                const auto found = sessions_.extract(number);
                                                found.mapped()->report();
                                                change_.cancel();
                                                if (problem) std::rethrow_exception(problem);
                                              }));
}

void server::drain() {
  if (draining_since_) return;
  draining_since_ = clock::now();
  for (const auto& each : listeners_) each->close();
  for (const auto& [number, each] : sessions_) each->drain();
  change_.cancel();
}

asio::awaitable<void> server::changed(clock::time_point until) {
  change_.expires_at(until);
  std::error_code ignored;
  co_await change_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<std::size_t> server::run() {
  const auto deadline = [this] {
    return draining_since_ ? *draining_since_ + options_.drain_timeout : clock::time_point::max();
  };
  while ((accepting_ > 0 || !sessions_.empty()) && clock::now() < deadline()) {
    co_await changed(deadline());
  }
  const auto count = sessions_.size();
  for (const auto& [number, each] : sessions_) each->cut();
  while (accepting_ > 0 || !sessions_.empty()) co_await changed(clock::time_point::max());
  co_return count;
}

}  // namespace chunk
