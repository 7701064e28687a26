#include "serve/forward.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/net/connect.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/session/relay.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace tools::serve {
namespace {

using chunk::session::close_reason;
using chunk::session::way;
using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

chunk::session::close_error close_as(close_reason why, std::string detail) {
  const auto code = std::make_error_code(std::errc::io_error);  // only the detail is shown
  return {why, chunk::error{code, std::move(detail)}};
}

}  // namespace

/// One forwarded connection, with the deadlines of both sides.
class forward::passage final : public chunk::session::relay_observer {
 public:
  passage(forward& owner, chunk::session::connection_info& about, chunk::net::transport& client,
          chunk::net::transport& server);
  ~passage() override { owner_.open_.erase(this); }

  asio::awaitable<void> run();
  void drain();

  void passed(way which, std::span<const std::byte> bytes) override;
  void ended(way which) override;

 private:
  class side;

  std::optional<std::size_t> read_requests(std::span<std::byte> room);
  std::size_t check(std::span<const std::byte> bytes);
  void watch();
  void on_deadline();
  bool is_inside_request() const { return !no_more_ && !requests_.between_chunks(); }
  /// Says whether a reply has to come. In other framings than that of chunks, nobody knows how many
  /// replies a request has, if any.
  bool is_outstanding() const { return !limits_.framing.definition && about_.requests > answered_; }

  forward& owner_;
  const chunk::session::server_options& limits_;
  chunk::session::connection_info& about_;
  chunk::net::transport& client_;
  chunk::net::transport& server_;
  std::unique_ptr<side> near_;
  std::unique_ptr<side> far_;
  chunk::decoder requests_;
  chunk::decoder replies_;
  std::uint64_t whole_ = 0;  // offset of the end of the last whole request
  std::uint64_t answered_ = 0;
  clock::time_point began_;    // when the current request began
  clock::time_point sent_;     // when bytes of a request were last passed on
  clock::time_point replied_;  // when bytes of a reply were last passed on
  chunk::net::deadline_timer deadline_;
  std::optional<chunk::error> fault_;                // a fault of the client
  std::optional<std::string> failure_;               // a failure of the upstream server
  std::optional<chunk::session::close_error> late_;  // the deadline that has passed
  bool no_more_ = false;                             // no more requests are passed on
  bool over_ = false;                                // no more replies will come
};

/// A transport for the relay that observes the reads and writes of another one.
class forward::passage::side final : public chunk::net::transport {
 public:
  side(passage& owner, chunk::net::transport& below, bool is_client)
      : transport(below.name(), below.remote()),
        owner_(owner),
        below_(below),
        is_client_(is_client) {}

  asio::awaitable<bool> wait_readable() override {
    if (ends_early()) co_return true;
    const bool woken = co_await below_.wait_readable();
    co_return woken || is_awake();
  }

  asio::awaitable<bool> wait_writable() override {
    const bool woken = co_await below_.wait_writable();
    co_return woken || is_awake();
  }

  void shutdown_write() noexcept override { below_.shutdown_write(); }
  void reset() noexcept override { below_.reset(); }
  void cancel() noexcept override { below_.cancel(); }

  /// Says whether the last write was incomplete because the other side does not read.
  bool is_full() const { return full_; }

  /// Says whether the other side has read something since the last call or write. It may have even
  /// though no further write was possible, since the system waits until there is enough room.
  bool has_progressed() {
    const auto before = std::exchange(unacked_, below_.unacked());
    return before && unacked_ && *unacked_ < *before;
  }

 private:
  /// Says whether a cancelled wait only means that draining has begun, and the relay continues.
  bool is_awake() const { return owner_.owner_.draining_ && !owner_.late_ && !owner_.over_; }

  bool ends_early() const { return is_client_ && (owner_.no_more_ || may_end()); }
  bool may_end() const { return owner_.owner_.draining_ && owner_.requests_.between_chunks(); }

  std::optional<std::size_t> read_now(std::span<std::byte> room) override {
    if (is_client_) {
      const auto got = owner_.read_requests(room);
      return !got && may_end() ? 0 : got;
    }
    return noting_failure([&] { return below_.try_read(room); });
  }

  std::optional<std::size_t> write_now(std::span<const std::byte> bytes) override {
    if (is_client_) return note_room(bytes, below_.try_write(bytes));
    return note_room(bytes, noting_failure([&] { return below_.try_write(bytes); }));
  }

  std::optional<std::size_t> note_room(std::span<const std::byte> bytes,
                                       std::optional<std::size_t> put) {
    full_ = put.value_or(0) < bytes.size();
    if (!full_) return put;
    unacked_ = below_.unacked();
    owner_.watch();
    return put;
  }

  /// Records a failure as one of the upstream server.
  template <class Step>
  std::optional<std::size_t> noting_failure(const Step& step) {
    try {
      return step();
    } catch (const chunk::failure& reason) {
      if (!owner_.failure_) owner_.failure_ = reason.what();
      throw;
    }
  }

  passage& owner_;
  chunk::net::transport& below_;
  bool is_client_;
  bool full_ = false;
  std::optional<std::size_t> unacked_;
};

forward::passage::passage(forward& owner, chunk::session::connection_info& about,
                          chunk::net::transport& client, chunk::net::transport& server)
    : owner_(owner),
      limits_(owner.limits_),
      about_(about),
      client_(client),
      server_(server),
      near_(std::make_unique<side>(*this, client, true)),
      far_(std::make_unique<side>(*this, server, false)),
      requests_(limits_.max_payload, limits_.framing),
      replies_(chunk::no_limit, limits_.framing.of(chunk::stream_side::server)),
      began_(clock::now()),
      sent_(began_),
      replied_(began_),
      deadline_(owner.context_, [this] { on_deadline(); }) {
  owner_.open_.insert(this);
}

/// Reads bytes of requests that are to be passed on.
std::optional<std::size_t> forward::passage::read_requests(std::span<std::byte> room) {
  if (no_more_) return 0;
  const auto got = client_.try_read(room);
  if (!got) return std::nullopt;
  if (*got > 0) return check(room.first(*got));
  no_more_ = true;
  const auto complete = requests_.finish();
  if (!complete) fault_ = complete.error();
  return 0;
}

/// Counts requests. Returns: how many of the bytes to pass on, which ends before a request that is
/// too long
std::size_t forward::passage::check(std::span<const std::byte> bytes) {
  const auto count = bytes.size();
  const auto from = requests_.offset();
  if (requests_.between_chunks()) began_ = clock::now();
  for (chunk::fragment next;;) {
    const auto more = requests_.next(bytes, next);
    if (!more) {
      fault_ = more.error();
      no_more_ = true;
      return whole_ > from ? static_cast<std::size_t>(whole_ - from) : 0;
    }
    if (!*more) return count;
    if (!next.ends) continue;
    whole_ = requests_.offset();
    began_ = clock::now();
    if (next.kind != chunk::fragment_kind::chunk) continue;
    ++about_.requests;
    about_.last_id = next.head.id;
    owner_.counts_.count_request(next.head.id);
  }
}

void forward::passage::passed(way which, std::span<const std::byte> bytes) {
  (which == way::forth ? sent_ : replied_) = clock::now();
  if (which == way::back) {
    for (chunk::fragment next;;) {
      const auto more = replies_.next(bytes, next);
      if (!more || !*more) break;
      if (next.ends) ++answered_;
    }
  }
  watch();
}

/// If the upstream server ends its stream before it has answered all requests, the connection has
/// failed. Otherwise the client may continue to send.
void forward::passage::ended(way which) {
  if (which == way::forth || !is_outstanding()) return;
  over_ = true;
  failure_ = server_.name() + ": closed before the reply";
  client_.cancel();
}

/// Sets the deadline for the event that is waited for now.
void forward::passage::watch() {
  auto due = std::max(sent_, replied_) +
             (is_outstanding() ? limits_.handler_timeout : limits_.idle_timeout);
  if (near_->is_full() || far_->is_full()) {
    due = (near_->is_full() ? replied_ : sent_) + limits_.write_timeout;
  } else if (is_inside_request()) {
    const auto earned =
        chunk::net::duration(1s) * (requests_.offset() - whole_) / limits_.least_rate;
    due = began_ + limits_.request_timeout + earned;
  }
  deadline_.set(due);
}

/// Determines what has taken too long, and ends the relay.
void forward::passage::on_deadline() {
  auto& stuck = near_->is_full() ? *near_ : *far_;
  if (stuck.is_full() && stuck.has_progressed()) {
    (&stuck == near_.get() ? replied_ : sent_) = clock::now();
    return watch();
  }
  if (near_->is_full()) {
    late_ = close_as(close_reason::write_stalled,
                     "no reply taken for " + chunk::net::to_text(limits_.write_timeout));
  } else if (far_->is_full()) {
    late_ = close_as(close_reason::failed, server_.name() + ": nothing taken for " +
                                               chunk::net::to_text(limits_.write_timeout));
  } else if (is_inside_request()) {
    late_ = close_as(close_reason::request_slow, std::to_string(requests_.offset() - whole_) +
                                                     " bytes of a request within " +
                                                     chunk::net::to_text(clock::now() - began_));
  } else if (is_outstanding()) {
    late_ = close_as(close_reason::handler_timeout,
                     "not answered within " + chunk::net::to_text(limits_.handler_timeout));
  } else {
    late_ = close_as(close_reason::idle,
                     "nothing received for " + chunk::net::to_text(limits_.idle_timeout));
  }
  client_.cancel();
  server_.cancel();
}

void forward::passage::drain() {
  client_.cancel();
}

asio::awaitable<void> forward::passage::run() {
  std::exception_ptr problem;
  watch();
  try {
    co_await chunk::session::relay(*near_, *far_, *this, owner_.pool_);
  } catch (const chunk::failure&) {
    problem = std::current_exception();
  }
  deadline_.clear();
  if (fault_) throw chunk::failure(*fault_);
  if (late_) throw chunk::session::close_error(*late_);
  if (failure_) throw close_as(close_reason::failed, *failure_);
  if (problem) std::rethrow_exception(problem);
  if (owner_.draining_ && !no_more_) {
    throw close_as(close_reason::drained, "no request was under way");
  }
}

forward::forward(asio::io_context& context, chunk::net::endpoint upstream,
                 std::shared_ptr<chunk::net::tls_context> secured,
                 const chunk::session::server_options& limits, metrics& counts)
    : context_(context),
      upstream_(std::move(upstream)),
      secured_(std::move(secured)),
      limits_(limits),
      counts_(counts) {}

forward::~forward() = default;

std::optional<asio::awaitable<void>> forward::answer(const chunk::session::connection_info&,
                                                     const chunk::chunk_view&,
                                                     chunk::session::reply_buffer&) {
  return std::nullopt;  // not called: take_over() takes every connection
}

std::optional<asio::awaitable<void>> forward::take_over(chunk::session::connection_info& about,
                                                        chunk::net::transport& link) {
  return pass(about, link);
}

asio::awaitable<void> forward::pass(chunk::session::connection_info& about,
                                    chunk::net::transport& client) {
  std::unique_ptr<chunk::net::transport> server;
  std::string problem;
  try {
    server =
        co_await chunk::net::connect(context_, upstream_, chunk::net::connect_timeout, secured_);
  } catch (const chunk::failure& reason) {
    problem = reason.what();
  }
  if (!server) throw close_as(close_reason::failed, problem);
  const auto one = std::make_unique<passage>(*this, about, client, *server);
  co_await one->run();
}

void forward::drain() {
  draining_ = true;
  for (auto* const each : open_) each->drain();
}

}  // namespace tools::serve
