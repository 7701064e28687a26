#include "chunk/session/server.hpp"

#include "close_reason.hpp"
#include "connection.hpp"

#include <chunk/net/acceptor.hpp>

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <new>
#include <system_error>
#include <utility>

namespace chunk::session {
namespace {

using clock = std::chrono::steady_clock;

net::accept_options accept_options_of(const server_options& from) {
  net::accept_options out;
  out.max_connections = from.max_connections;
  out.max_per_peer = from.max_per_peer;
  out.handshake = from.handshake_timeout;
  out.access = from.access;
  out.balancers = from.balancers;
  return out;
}

connection_info describe(const net::accepted_connection& from) {
  connection_info out;
  out.number = from.number;
  out.remote = from.remote;
  out.local = from.local;
  out.since = from.since;
  if (!from.link) return out;
  out.bytes_in = from.link->bytes_read() - from.preamble;
  out.bytes_out = from.link->bytes_written();
  return out;
}

close_reason reason_of_refusal(net::refusal why) {
  switch (why) {
    case net::refusal::over_capacity: return close_reason::over_capacity;
    case net::refusal::denied: return close_reason::denied;
    case net::refusal::handshake_slow: return close_reason::handshake_slow;
    case net::refusal::handshake_failed: return close_reason::handshake_failed;
    case net::refusal::failed: return close_reason::failed;
    case net::refusal::drained: return close_reason::drained;
    case net::refusal::closed: return close_reason::cut;
  }
  return close_reason::failed;
}

}  // namespace

std::uint64_t most_memory(const server_options& options) {
  const auto longest = limited_sum(options.max_payload, options.framing.largest_header());
  // A buffer at least doubles when it grows, and both buffers begin with a block.
  const auto grown = [](std::uint64_t size) {
    const auto whole = std::max<std::uint64_t>(size, reader_options{}.block);
    const auto doubled = std::bit_width(whole - 1);
    return doubled < 64 ? std::uint64_t{1} << doubled : no_limit;
  };
  const auto unsent = limited_sum(std::max<std::uint64_t>(options.max_unsent, 1), longest);
  const auto each = limited_sum(grown(longest), grown(unsent));
  const bool fits = options.max_connections <= no_limit / each;
  return fits ? options.max_connections * each : no_limit;
}

handler::~handler() = default;

std::optional<asio::awaitable<void>> handler::answer_ahead(const connection_info&,
                                                           const chunk_view&, reply_buffer&) {
  return std::nullopt;
}

std::optional<asio::awaitable<void>> handler::take_over(connection_info&, net::transport&) {
  return std::nullopt;
}

server_observer::~server_observer() = default;

/// The connections, and what happens to them before they are ready.
class server::state final : public net::accept_observer {
 public:
  state(asio::io_context& context, handler& by, server_options options, server_observer* observer)
      : shared{context, by, std::move(options), [this](std::uint64_t which) { forget(which); }},
        watching(observer ? *observer : nobody),
        change(context, clock::time_point::max()),
        accepting(
            context, [this](net::accepted_connection one) { serve(std::move(one)); }, *this,
            accept_options_of(shared.options)) {}

  void arrived(const net::accepted_connection& one) override { watching.opened(describe(one)); }

  void refused(const net::accepted_connection& one, net::refusal why,
               const failure& reason) override {
    const auto about = describe(one);
    ended.bytes_in += about.bytes_in;
    ended.bytes_out += about.bytes_out;
    std::string detail;
    if (why == net::refusal::handshake_slow) {
      detail = "not done within " + net::to_text(shared.options.handshake_timeout);
    } else if (why != net::refusal::drained && why != net::refusal::closed) {
      detail = without_subject(reason.what(), one.link ? one.link->name() : std::string());
    }
    watching.closed(about, reason_of_refusal(why), detail);
  }

  void accept_failed(const error& reason) override { watching.accept_failed(reason); }
  void changed() override { change.cancel(); }

  bool is_over() const { return accepting.is_over() && connections.empty(); }

  asio::awaitable<void> wait(clock::time_point until) {
    change.expires_at(until);
    std::error_code ignored;
    co_await change.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  connection_context shared;
  server_observer nobody;
  server_observer& watching;
  asio::steady_timer change;  // cancelled whenever a listener or a connection ends
  server_counts ended;        // bytes of connections that are over
  std::map<std::uint64_t, std::shared_ptr<connection>> connections;
  net::acceptor accepting;

 private:
  void serve(net::accepted_connection from) {
    const auto about = describe(from);
    std::shared_ptr<connection> added;
    try {
      added = std::make_shared<connection>(shared, std::move(from));
      connections.emplace(about.number, added);
    } catch (const std::bad_alloc&) {
      return report(about, close_reason::failed, "out of memory");
    }
    if (shared.draining_since) added->drain();
    added->start();
  }

  /// Reports the end of a connection.
  void forget(std::uint64_t number) {
    const auto found = connections.extract(number);
    auto& over = *found.mapped();
    const auto& about = over.info();
    ended.bytes_in += about.bytes_in;
    ended.bytes_out += about.bytes_out;
    report(about, over.end().why, over.end().detail);
    change.cancel();
  }

  /// What the observer cannot note for lack of memory is lost, and nothing else.
  void report(const connection_info& about, close_reason why, const std::string& detail) {
    try {
      watching.closed(about, why, detail);
    } catch (const std::bad_alloc&) {
    }
  }
};

server::server(asio::io_context& context, handler& by, server_options options,
               server_observer* watching)
    : state_(std::make_unique<state>(context, by, std::move(options), watching)) {}

server::~server() = default;

void server::listen(std::shared_ptr<net::listener> from) {
  state_->accepting.listen(std::move(from));
}

void server::serve(std::unique_ptr<net::transport> link, const net::endpoint& local) {
  state_->accepting.adopt(std::move(link), local);
}

server_counts server::counts() const {
  auto out = state_->ended;
  out.accepted = state_->accepting.accepted();
  out.active = state_->connections.size() + state_->accepting.preparing();
  for (const auto& [number, each] : state_->connections) {
    const auto& about = each->info();
    out.bytes_in += about.bytes_in;
    out.bytes_out += about.bytes_out;
  }
  return out;
}

void server::drain() {
  auto& since = state_->shared.draining_since;
  if (since) return;
  since = clock::now();
  state_->accepting.drain(newcomer_grace);
  for (const auto& [number, each] : state_->connections) each->drain();
  state_->change.cancel();
}

asio::awaitable<std::size_t> server::run() {
  const auto& since = state_->shared.draining_since;
  const auto deadline = [&] {
    return since ? *since + state_->shared.options.drain_timeout : clock::time_point::max();
  };
  while (!state_->is_over() && clock::now() < deadline()) co_await state_->wait(deadline());
  const auto& left = state_->connections;
  const auto count = left.size() + state_->accepting.preparing();
  if (since) state_->accepting.close();
  for (const auto& [number, each] : left) each->cut();
  while (!state_->is_over()) co_await state_->wait(clock::time_point::max());
  co_return count;
}

}  // namespace chunk::session
