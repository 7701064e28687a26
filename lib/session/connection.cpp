#include "connection.hpp"

#include <chunk/net/proxy.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace chunk::session {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Chosen: a connection that is younger than the first of these when the server drains has until
/// the second for its first request, which is probably under way.
constexpr net::duration newcomer_age = 1s;
constexpr net::duration newcomer_grace = 50ms;

/// Chosen: so many requests of one connection may be under way in the handler. A reply to each of
/// them may have to be held, and a connection should not keep the handler from others.
constexpr std::size_t most_begun = 16;

}  // namespace

server::connection::connection(server& owner, std::unique_ptr<net::transport> link,
                               connection_info about, std::shared_ptr<net::tls_context> tls)
    : owner_(owner),
      options_(owner.options_),
      link_(std::move(link)),
      tls_(std::move(tls)),
      about_(std::move(about)),
      replies_(owner.pool_, options_.framing),
      preparing_(tls_ || net::is_within(about_.remote, options_.balancers)),
      alarm_(owner.context_, [this] { on_deadline(); }) {}

server::connection::~connection() {
  if (!counted_) return;
  const auto count = owner_.per_peer_.find(net::identity_of(about_.remote));
  if (--count->second == 0) owner_.per_peer_.erase(count);
}

/// Ends a wait that has taken too long.
void server::connection::on_deadline() {
  if (handling_) {
    stop_.emit(asio::cancellation_type::terminal);
  } else {
    link_->cancel();
  }
}

void server::connection::drain() {
  draining_ = true;
  if (preparing_) {
    alarm_.set(newcomer_grace);
  } else if (waiting_) {
    alarm_.set(may_stay() ? clock::now() + newcomer_grace : clock::now());
  }
}

void server::connection::cut() {
  cut_ = true;
  if (working_) {
    stop_.emit(asio::cancellation_type::terminal);
  } else {
    link_->cancel();
  }
}

const connection_info& server::connection::about() {
  if (!link_) return about_;  // there was no memory for TLS around it
  about_.bytes_in = link_->bytes_read() - preamble_;
  about_.bytes_out = link_->bytes_written();
  return about_;
}

std::optional<server::connection::objection> server::connection::count_peer() {
  const auto identity = net::identity_of(about_.remote);
  if (identity.empty()) return std::nullopt;
  auto& count = owner_.per_peer_[identity];
  if (count >= options_.max_per_peer) {
    return objection{close_reason::over_capacity,
                     std::to_string(count) + " connections of this client already"};
  }
  ++count;
  counted_ = true;
  return std::nullopt;
}

std::optional<server::connection::objection> server::connection::check_access() const {
  if (tls_ && net::depends_on_certificates(options_.access)) return std::nullopt;
  if (net::admits(options_.access, about_.remote, ::geteuid())) return std::nullopt;
  return objection{close_reason::denied, "the rules do not admit this client"};
}

std::optional<server::connection::objection> server::connection::object() {
  // Who is behind a balancer is known later.
  if (net::is_within(about_.remote, options_.balancers)) return std::nullopt;
  auto found = check_access();
  return found ? found : count_peer();
}

void server::connection::require(const std::optional<objection>& none) {
  if (!none) return;
  why_ = none->why;
  throw failure(error{std::make_error_code(std::errc::permission_denied), none->detail});
}

/// Finds out who the client is, where others than the system tell that, and whether it may connect.
asio::awaitable<void> server::connection::prepare() {
  alarm_.set(draining_ ? newcomer_grace : options_.handshake_timeout);
  if (net::is_within(about_.remote, options_.balancers)) {
    const auto source = co_await net::receive_proxy_header(*link_);
    preamble_ = link_->bytes_read();
    if (source) {
      about_.remote.balancer = std::exchange(about_.remote.address, *source);
      if (tls_) about_.remote.address.type = net::endpoint::kind::tls;
      link_->set_remote(about_.remote);
    }
    require(check_access());
    require(count_peer());
  }
  if (tls_) {
    auto secured = std::exchange(tls_, nullptr)->wrap(std::move(link_));
    auto& stream = *secured;
    link_ = std::move(secured);
    preamble_ = 0;
    co_await stream.handshake();
    about_.remote = link_->remote();
    require(check_access());
  }
  alarm_.clear();
  preparing_ = false;
}

/// Sends what the client takes at once, and says whether that was everything.
bool server::connection::flush_at_once() {
  const auto rest = replies_.bytes().subspan(sent_);
  if (!rest.empty()) sent_ += link_->try_write(rest).value_or(0);
  if (sent_ < replies_.bytes().size()) return false;
  sent_ = complete_ = 0;
  replies_.clear();
  return true;
}

asio::awaitable<void> server::connection::flush() {
  while (!flush_at_once()) {
    const auto before = link_->unacked();
    alarm_.set(options_.write_timeout);
    co_await link_->wait_writable();
    alarm_.clear();
    if (!alarm_.expired()) continue;
    // The system finds room only when the client has taken a good deal, however steadily it does.
    const bool progresses = before && link_->unacked().value_or(*before) < *before;
    if (!progresses) {
      if (!parting_) why_ = close_reason::write_stalled;
      throw failure(error{std::make_error_code(std::errc::timed_out),
                          "no reply taken for " + net::to_text(options_.write_timeout)});
    }
  }
}

/// Takes the next request, if it is there.
bool server::connection::next_request() {
  if (pipeline_ && pipeline_->put_back) {
    request_ = *std::exchange(pipeline_->put_back, std::nullopt);
    return true;
  }
  const auto given = receiver_->next();
  if (!given || !given->ends) return false;  // or the stream ended inside it
  request_ = {given->head.id, given->payload};
  return true;
}

/// Begins what the handler takes of the requests behind one that is being answered.
void server::connection::begin_ahead() {
  auto& under_way = pipeline_->under_way;
  while (under_way.size() < most_begun) {
    const auto given = receiver_->next();
    if (!given || !given->ends) return;
    const chunk_view request{given->head.id, given->payload};
    auto work = owner_.service_.answer_ahead(about_, request, replies_);
    if (!work) {
      pipeline_->put_back = request;
      return;
    }
    ++about_.requests;
    under_way.push_back({request.id, std::move(*work)});
  }
}

/// Sees requests through that could not be answered at once, each within its own time.
asio::awaitable<void> server::connection::see_through() {
  for (auto& under_way = pipeline_->under_way; !under_way.empty(); under_way.pop_front()) {
    if (!flush_at_once()) co_await flush();
    complete_ = replies_.bytes().size();
    about_.last_id = under_way.front().id;
    handling_ = true;
    alarm_.set(options_.handler_timeout);
    std::exception_ptr problem;
    try {
      co_await std::move(under_way.front().work);
    } catch (...) {
      problem = std::current_exception();
    }
    const bool late = alarm_.expired();
    alarm_.clear();
    handling_ = false;
    if (late) {
      why_ = close_reason::handler_timeout;
      throw failure(error{std::make_error_code(std::errc::timed_out),
                          "not answered within " + net::to_text(options_.handler_timeout)});
    }
    if (problem) std::rethrow_exception(problem);
  }
}

/// Answers what was received until something has to be waited for, and gives that. Nothing: all of
/// it is answered and sent. Most requests thus cost no coroutine of their own.
std::optional<asio::awaitable<void>> server::connection::answer_received() {
  while (next_request()) {
    since_ = {};
    coming_ = false;
    ++about_.requests;
    about_.last_id = request_.id;
    complete_ = replies_.bytes().size();
    auto work = owner_.service_.answer(about_, request_, replies_);
    if (work) {
      if (!pipeline_) pipeline_ = std::make_unique<pipeline>();
      pipeline_->under_way.push_back({request_.id, std::move(*work)});
      begin_ahead();
      return see_through();
    }
    if (replies_.bytes().size() > options_.max_unsent && !flush_at_once()) return flush();
  }
  if (!flush_at_once()) return flush();
  return std::nullopt;
}

/// Says whether a draining server waits for this client's first request.
bool server::connection::may_stay() const {
  const auto since = owner_.draining_since_.value_or(clock::time_point::max());
  return about_.requests == 0 && about_.since > since - newcomer_age &&
         clock::now() < since + newcomer_grace;
}

/// Until when to wait for more: counted from the last answer, or from where something has begun to
/// come that is still there. What comes and turns out to be nothing of a request, as TLS has it,
/// puts nothing off.
clock::time_point server::connection::patience() {
  const bool there = receiver_->held() > 0 || link_->holds_part();
  if (since_ == clock::time_point{}) since_ = clock::now();
  if (there && !coming_) coming_since_ = clock::now();
  coming_ = there;
  if (coming_) {
    return coming_since_ + options_.request_timeout + 1s * receiver_->held() / options_.least_rate;
  }
  return draining_ ? *owner_.draining_since_ + newcomer_grace : since_ + options_.idle_timeout;
}

/// Says whether a connection with nothing to read, which waits until `due`, is to end, and why.
bool server::connection::is_over(clock::time_point due) {
  if (draining_ && !coming_ && !may_stay()) {
    why_ = close_reason::drained;
    return true;
  }
  // By the clock: what has woken the connection need not be the alarm, nor any of a request.
  if (clock::now() < due || (draining_ && !coming_)) return false;
  if (coming_) {
    why_ = close_reason::request_slow;
    detail_ = "not whole within " + net::to_text(options_.request_timeout);
  } else {
    why_ = close_reason::idle;
    detail_ = "nothing received for " + net::to_text(options_.idle_timeout);
  }
  return true;
}

/// Answers what is there, and then waits for more.
void server::connection::advance() {
  for (;;) {
    if (cut_) return finish();
    if (auto wait = answer_received()) return perform(std::move(*wait), &connection::go_on);
    const bool try_now = try_first_ || draining_ || !receiver_->drained();
    const auto received = try_now ? receiver_->try_fill() : std::nullopt;
    try_first_ = false;
    if (received && !*received) {
      value_or_throw(receiver_->finish());
      return leave();
    }
    if (!received) break;
    // A client that sends without a pause takes turns with the others.
    if (draining_ || !receiver_->drained()) {
      return asio::post(owner_.context_, later(&connection::go_on));
    }
  }
  receiver_->release();
  pipeline_.reset();
  const auto due = patience();
  if (is_over(due)) return why_ == close_reason::request_slow ? finish() : leave();
  waiting_ = true;
  alarm_.set(due);
  link_->when_readable(owner_.context_, later(&connection::on_readable));
}

void server::connection::go_on() {
  try {
    advance();
  } catch (const std::exception&) {
    on_error(std::current_exception());
  }
}

void server::connection::on_readable() {
  waiting_ = false;
  alarm_.clear();
  try_first_ = true;
  go_on();
}

/// What to call, unless the connection is gone by then.
std::function<void()> server::connection::later(step next) {
  return [weak = weak_from_this(), next] {
    if (const auto self = weak.lock()) (self.get()->*next)();
  };
}

/// Does work that waits, and then the next step.
void server::connection::perform(asio::awaitable<void> work, step next) {
  working_ = true;
  auto done = [weak = weak_from_this(), next](const std::exception_ptr& problem) {
    const auto self = weak.lock();
    if (!self) return;
    self->working_ = false;
    if (problem && !self->cut_) return self->on_error(problem);
    if (self->cut_) return self->finish();
    (self.get()->*next)();
  };
  asio::co_spawn(owner_.context_, std::move(work),
                 asio::bind_cancellation_slot(stop_.slot(), std::move(done)));
}

void server::connection::start() {
  if (preparing_) return perform(prepare(), &connection::begin);
  begin();
}

void server::connection::begin() {
  reader_options limits{options_.max_payload, options_.max_payload};
  limits.framing = options_.framing;
  receiver_.emplace(*link_, limits, &owner_.pool_);
  auto work = owner_.service_.take_over(about_, *link_);
  if (work) return perform(std::move(*work), &connection::finish);
  go_on();
}

}  // namespace chunk::session
