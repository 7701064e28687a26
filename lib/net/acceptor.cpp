#include "chunk/net/acceptor.hpp"

#include <chunk/net/proxy.hpp>
#include <chunk/net/scheme.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace chunk::net {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// The pause after a failure, which doubles up to the second value. Chosen: short for a client, and
/// long enough not to load the processor.
constexpr duration first_pause = 100ms;
constexpr duration longest_pause = 1s;

/// The number of consecutive connections that were closed before they were accepted, after which to
/// pause. Chosen: each may be the doing of a client, and others wait after it.
constexpr int most_gone = 16;

/// Chosen: more than any queue of connections holds, and quickly done.
constexpr int most_accepted_at_the_end = 10'000;

std::error_code out_of_memory() {
  return {ENOMEM, std::system_category()};
}

/// Calls an observer. What it cannot note for lack of memory is lost, and nothing else.
template <class Call>
void notify(const Call& call) {
  try {
    call();
  } catch (const std::bad_alloc&) {
  }
}

/// Thrown to refuse a connection during its preparation.
class refused_connection : public failure {
 public:
  refused_connection(refusal why, std::string detail)
      : failure(error{std::make_error_code(std::errc::permission_denied), std::move(detail)}),
        why_(why) {}

  refusal why() const { return why_; }

 private:
  refusal why_;
};

using objection = std::optional<refused_connection>;

std::string too_late(const transport& link, bool secured, duration limit) {
  const auto* const what = secured ? ": no TLS handshake within " : ": no PROXY header within ";
  return link.name() + what + to_text(limit);
}

}  // namespace

/// Counts the connections of an acceptor that exist now. It outlives the acceptor if they do.
class admission::counter {
 public:
  std::size_t active = 0;
  std::map<std::string, std::size_t> per_peer;  // by identity_of(); none is 0
};

admission::admission(std::shared_ptr<counter> by) : by_(std::move(by)) {
  ++by_->active;
}

admission::admission(admission&& other) noexcept
    : by_(std::move(other.by_)), of_peer_(std::exchange(other.of_peer_, nullptr)) {}

admission& admission::operator=(admission&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  by_ = std::move(other.by_);
  of_peer_ = std::exchange(other.of_peer_, nullptr);
  return *this;
}

admission::~admission() {
  give_back();
}

void admission::give_back() noexcept {
  if (!by_) return;
  --by_->active;
  if (of_peer_ && --of_peer_->second == 0) by_->per_peer.erase(of_peer_->first);
  of_peer_ = nullptr;
  by_.reset();
}

accept_observer::~accept_observer() = default;

/// Shared with the coroutines that accept and prepare, which may outlive the acceptor.
struct acceptor::state : std::enable_shared_from_this<state> {
  enum class phase { open, stopped, draining, closed, gone };

  /// A connection that still waits for a PROXY header or TLS.
  struct preparation {
    accepted_connection one;
    std::shared_ptr<tls_context> tls;  // null once the link uses it
    asio::cancellation_signal stop;
  };

  state(asio::io_context& io, std::function<void(accepted_connection)> taker,
        accept_observer& observer, accept_options how)
      : context(io),
        ready(std::move(taker)),
        watching(observer),
        options(std::move(how)),
        grace_timer(io) {}

  asio::awaitable<void> accept_each(std::shared_ptr<listener> from);
  void admit(std::unique_ptr<transport> link, const endpoint& local,
             std::shared_ptr<tls_context> tls);
  void try_to_admit(std::unique_ptr<transport> link, const listener& from);
  void note_failure(const std::error_code& why, const listener& from);
  void prepare(accepted_connection one, std::shared_ptr<tls_context> tls);
  asio::awaitable<void> perform(preparation& on);
  void settle(preparation& on, const std::exception_ptr& problem);
  void refuse(const accepted_connection& one, const std::exception_ptr& problem);
  objection check_access(const peer& who, bool before_tls) const;
  objection count_peer(accepted_connection& one) const;
  void accept_queue(listener& from);
  void stop_listening() noexcept;
  void end(phase which);
  void end_preparations();

  asio::io_context& context;
  std::function<void(accepted_connection)> ready;
  accept_observer& watching;
  const accept_options options;
  std::shared_ptr<admission::counter> counted = std::make_shared<admission::counter>();
  std::vector<std::shared_ptr<listener>> listeners;
  std::size_t accepting = 0;  // listeners that are accepting
  std::uint64_t accepted = 0;
  std::map<std::uint64_t, std::weak_ptr<preparation>> preparing;  // by number
  phase now = phase::open;
  duration grace{};  // given by drain()
  asio::steady_timer grace_timer;
};

asio::awaitable<void> acceptor::state::accept_each(std::shared_ptr<listener> from) {
  duration pause = first_pause;
  for (int gone = 0;;) {
    std::unique_ptr<transport> made;
    std::error_code problem;
    try {
      made = co_await from->accept();
    } catch (const std::system_error& reason) {
      problem = reason.code();
    } catch (const std::bad_alloc&) {
      problem = out_of_memory();
    }
    if (now == phase::gone || (!made && !problem)) break;
    if (made) {
      pause = first_pause;
      gone = 0;
      try_to_admit(std::move(made), *from);
      // Yields, so that a stream of new clients does not block the existing ones.
      co_await asio::post(context, asio::use_awaitable);
      continue;
    }
    if (problem == std::errc::connection_aborted && ++gone <= most_gone) continue;
    note_failure(problem, *from);
    try {
      co_await from->rest(pause);
      problem = {};
    } catch (const std::bad_alloc&) {
    }
    // Without memory for a pause, others have a turn at least.
    if (problem) co_await asio::post(context, asio::use_awaitable);
    pause = std::min(2 * pause, longest_pause);
  }
}

void acceptor::state::note_failure(const std::error_code& why, const listener& from) {
  notify([&] { watching.accept_failed(error{why, to_text(from.local())}); });
}

/// Admits a client that was accepted, which is lost if there is no memory for it.
void acceptor::state::try_to_admit(std::unique_ptr<transport> link, const listener& from) {
  try {
    admit(std::move(link), from.local(), from.tls());
  } catch (const std::bad_alloc&) {
    note_failure(out_of_memory(), from);
  }
}

void acceptor::state::admit(std::unique_ptr<transport> link, const endpoint& local,
                            std::shared_ptr<tls_context> tls) {
  accepted_connection one;
  one.number = ++accepted;
  one.remote = link->remote();
  one.link = std::move(link);
  one.local = local;
  one.since = clock::now();
  if (counted->active >= options.max_connections) {
    const auto count = std::to_string(counted->active) + " connections already";
    return watching.refused(one, refusal::over_capacity,
                            refused_connection(refusal::over_capacity, count));
  }
  one.counted = admission(counted);
  // The client behind a balancer is known only later.
  const bool balanced = is_within(one.remote, options.balancers);
  if (!balanced) {
    auto found = check_access(one.remote, tls != nullptr);
    if (!found) found = count_peer(one);
    if (found) return watching.refused(one, found->why(), *found);
  }
  watching.arrived(one);
  if (!balanced && !tls) return ready(std::move(one));
  prepare(std::move(one), std::move(tls));
}

objection acceptor::state::check_access(const peer& who, bool before_tls) const {
  if (before_tls && depends_on_certificates(options.access)) return std::nullopt;
  if (admits(options.access, who, ::geteuid())) return std::nullopt;
  return refused_connection(refusal::denied, "the rules do not admit this client");
}

objection acceptor::state::count_peer(accepted_connection& one) const {
  if (options.max_per_peer == accept_options::no_limit) return std::nullopt;
  auto identity = identity_of(one.remote);
  if (identity.empty()) return std::nullopt;
  auto& entry = *counted->per_peer.try_emplace(std::move(identity)).first;
  if (entry.second >= options.max_per_peer) {
    const auto count = std::to_string(entry.second) + " connections of this client already";
    if (entry.second == 0) counted->per_peer.erase(entry.first);
    return refused_connection(refusal::over_capacity, count);
  }
  ++entry.second;
  one.counted.of_peer_ = &entry;
  return std::nullopt;
}

/// Begins the preparation of a connection.
void acceptor::state::prepare(accepted_connection one, std::shared_ptr<tls_context> tls) {
  const auto limit = now == phase::draining ? grace : options.handshake;
  auto late = too_late(*one.link, tls != nullptr, limit);
  const auto on = std::make_shared<preparation>();
  on->one = std::move(one);
  on->tls = std::move(tls);
  preparing.emplace(on->one.number, on);
  auto done = [self = shared_from_this(), on](const std::exception_ptr& problem) {
    self->settle(*on, problem);
  };
  try {
    asio::co_spawn(context, within(limit, perform(*on), std::move(late)),
                   asio::bind_cancellation_slot(on->stop.slot(), std::move(done)));
  } catch (const std::bad_alloc&) {
    settle(*on, std::current_exception());
  }
}

/// Determines the client from a PROXY header and its certificate, and whether it may connect.
asio::awaitable<void> acceptor::state::perform(preparation& on) {
  auto& one = on.one;
  const auto require = [](const objection& none) {
    if (none) throw refused_connection(*none);
  };
  if (is_within(one.remote, options.balancers)) {
    const auto source = co_await receive_proxy_header(*one.link);
    one.preamble = one.link->bytes_read();
    if (source) {
      one.remote.balancer = std::exchange(one.remote.address, *source);
      if (on.tls) one.remote.address = over_tls(std::move(one.remote.address));
      one.link->set_remote(one.remote);
    }
    require(check_access(one.remote, on.tls != nullptr));
    require(count_peer(one));
  }
  if (on.tls) {
    const auto context_of_tls = std::exchange(on.tls, nullptr);
    auto secured = context_of_tls->wrap(std::move(one.link));
    auto& stream = *secured;
    one.link = std::move(secured);
    one.preamble = 0;
    co_await stream.handshake();
    one.remote = one.link->remote();
    require(check_access(one.remote, false));
  }
}

/// Hands over a connection after its preparation, or refuses it.
void acceptor::state::settle(preparation& on, const std::exception_ptr& problem) {
  preparing.erase(on.one.number);
  if (preparing.empty()) grace_timer.cancel();
  if (now == phase::gone) return;
  if (problem || now == phase::closed) {
    const auto over = std::move(on.one);
    notify([&] { refuse(over, problem); });
  } else {
    try {
      ready(std::move(on.one));
    } catch (const std::bad_alloc&) {
      const error why{out_of_memory(), {}};
      notify([&] { watching.accept_failed(why); });
    }
  }
  if (now != phase::gone) watching.changed();
}

/// Reports a failure during the preparation to the observer.
void acceptor::state::refuse(const accepted_connection& one, const std::exception_ptr& problem) {
  const auto name = one.link ? one.link->name() : to_text(one.remote.address);
  if (now == phase::closed) {
    const error why{std::make_error_code(std::errc::operation_canceled), name};
    return watching.refused(one, refusal::closed, failure(why));
  }
  try {
    std::rethrow_exception(problem);
  } catch (const refused_connection& reason) {
    watching.refused(one, reason.why(), reason);
  } catch (const failure& reason) {
    const auto& code = reason.code();
    const bool late = code == std::make_error_code(std::errc::timed_out);
    const bool ended = late || code == std::errc::operation_canceled;
    auto why = late ? refusal::handshake_slow : refusal::handshake_failed;
    if (ended && now == phase::draining) why = refusal::drained;
    watching.refused(one, why, reason);
  } catch (const std::system_error& reason) {
    const bool ended = reason.code() == std::errc::operation_canceled && now == phase::draining;
    watching.refused(one, ended ? refusal::drained : refusal::failed,
                     failure(error{reason.code(), name}));
  } catch (const std::bad_alloc&) {
    watching.refused(one, refusal::failed, failure(error{out_of_memory(), name}));
  }
}

/// Accepts all clients that have connected by now, since closing the listener would reset them.
void acceptor::state::accept_queue(listener& from) {
  try {
    for (int count = 0; count < most_accepted_at_the_end; ++count) {
      auto link = from.try_accept();
      if (!link) break;
      try_to_admit(std::move(link), from);
    }
  } catch (const std::system_error& reason) {
    note_failure(reason.code(), from);
  } catch (const std::bad_alloc&) {
    note_failure(out_of_memory(), from);
  }
}

void acceptor::state::stop_listening() noexcept {
  for (const auto& each : listeners) each->close();
}

void acceptor::state::end_preparations() {
  const auto all = preparing;
  for (const auto& [number, each] : all) {
    if (const auto on = each.lock()) on->stop.emit(asio::cancellation_type::terminal);
  }
}

void acceptor::state::end(phase which) {
  now = which;
  stop_listening();
  grace_timer.cancel();
  end_preparations();
}

acceptor::acceptor(asio::io_context& context, std::function<void(accepted_connection)> ready,
                   accept_observer& watching, accept_options options)
    : state_(std::make_shared<state>(context, std::move(ready), watching, std::move(options))) {}

acceptor::~acceptor() {
  state_->end(state::phase::gone);
}

void acceptor::listen(std::shared_ptr<listener> from) {
  state_->listeners.push_back(from);
  ++state_->accepting;
  auto done = [self = state_](const std::exception_ptr& problem) {
    --self->accepting;
    if (self->now != state::phase::gone) self->watching.changed();
    if (problem) std::rethrow_exception(problem);
  };
  asio::co_spawn(state_->context, state_->accept_each(std::move(from)), std::move(done));
}

void acceptor::adopt(std::unique_ptr<transport> link, const endpoint& local,
                     std::shared_ptr<tls_context> tls) {
  state_->admit(std::move(link), local, std::move(tls));
}

void acceptor::stop() noexcept {
  if (state_->now == state::phase::open) state_->now = state::phase::stopped;
  state_->stop_listening();
}

void acceptor::drain(duration grace) {
  state_->now = state::phase::draining;
  state_->grace = grace;
  for (const auto& each : state_->listeners) {
    state_->accept_queue(*each);
    each->close();
  }
  if (state_->preparing.empty()) return;
  state_->grace_timer.expires_after(grace);
  state_->grace_timer.async_wait([self = state_](std::error_code aborted) {
    if (!aborted) self->end_preparations();
  });
}

void acceptor::close() {
  state_->end(state::phase::closed);
}

bool acceptor::is_over() const {
  return state_->accepting == 0 && state_->preparing.empty();
}

std::uint64_t acceptor::accepted() const {
  return state_->accepted;
}

std::size_t acceptor::active() const {
  return state_->counted->active;
}

std::size_t acceptor::preparing() const {
  return state_->preparing.size();
}

asio::awaitable<std::unique_ptr<transport>> accept_one(listener& from) {
  auto link = co_await from.accept();
  if (!link || !from.tls()) co_return link;
  auto late = too_late(*link, true, handshake_timeout);
  auto agreeing = from.tls()->handshake(std::move(link), handshake_timeout, std::move(late));
  co_return co_await std::move(agreeing);
}

}  // namespace chunk::net
