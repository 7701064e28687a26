#include "chunk/session/server.hpp"

#include "connection.hpp"

#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

namespace chunk::session {
namespace {

using clock = std::chrono::steady_clock;

/// Chosen: more than any queue of connections holds, and soon done.
constexpr int most_accepted_at_the_end = 10'000;

}  // namespace

std::uint64_t most_memory(const server_options& options) {
  const std::uint64_t longest = options.max_payload + options.framing.largest_header();
  // A buffer at least doubles when it grows, and both begin with a block.
  const auto grown = [](std::uint64_t size) {
    std::uint64_t out = reader_options{}.block;
    while (out < size) out *= 2;
    return out;
  };
  const auto unsent = std::max<std::uint64_t>(options.max_unsent, 1) + longest;
  return options.max_connections * (grown(longest) + grown(unsent));
}

std::string_view to_text(close_reason why) {
  switch (why) {
    case close_reason::ended: return "ended";
    case close_reason::drained: return "drained";
    case close_reason::cut: return "cut";
    case close_reason::reset: return "reset";
    case close_reason::idle: return "idle";
    case close_reason::request_slow: return "request-slow";
    case close_reason::handshake_slow: return "handshake-slow";
    case close_reason::handshake_failed: return "handshake-failed";
    case close_reason::violation: return "violation";
    case close_reason::denied: return "denied";
    case close_reason::too_large: return "too-large";
    case close_reason::truncated: return "truncated";
    case close_reason::lost: return "lost";
    case close_reason::write_stalled: return "write-stalled";
    case close_reason::handler_timeout: return "handler-timeout";
    case close_reason::over_capacity: return "over-capacity";
    case close_reason::failed: return "failed";
  }
  return "unknown";
}

close_error::~close_error() = default;

service::~service() = default;

std::optional<asio::awaitable<void>> service::answer_ahead(const connection_info&,
                                                           const chunk_view&, reply_buffer&) {
  return std::nullopt;
}

std::optional<asio::awaitable<void>> service::take_over(connection_info&, net::transport&) {
  return std::nullopt;
}

server::server(asio::io_context& context, service& with, server_options options)
    : context_(context),
      service_(with),
      options_(std::move(options)),
      change_(context, clock::time_point::max()) {}

server::~server() = default;

void server::listen(std::unique_ptr<net::listener> from) {
  auto& added = listeners_.emplace_back(std::move(from));
  ++accepting_;
  auto take = [this, at = added.get()](std::unique_ptr<net::transport> link) {
    open(std::move(link), at->local(), at->tls());
  };
  auto failed = [this](const error& reason) { service_.accept_failed(reason); };
  asio::co_spawn(context_, net::accept_each(added, std::move(take), std::move(failed)),
                 [this](const std::exception_ptr& problem) {
                   --accepting_;
                   change_.cancel();
                   if (problem) std::rethrow_exception(problem);
                 });
}

void server::serve(std::unique_ptr<net::transport> link, const net::endpoint& local) {
  open(std::move(link), local, nullptr);
}

void server::open(std::unique_ptr<net::transport> link, const net::endpoint& local,
                  std::shared_ptr<net::tls_context> tls) {
  connection_info about;
  about.number = ++ended_.accepted;
  about.remote = link->remote();
  about.local = local;
  about.since = clock::now();
  const auto refuse = [&](close_reason why, const std::string& detail) {
    service_.closed(about, why, detail);
  };
  if (connections_.size() >= options_.max_connections) {
    return refuse(close_reason::over_capacity,
                  std::to_string(connections_.size()) + " connections already");
  }
  const auto added = std::make_shared<connection>(*this, std::move(link), about, std::move(tls));
  if (const auto objection = added->object()) return refuse(objection->why, objection->detail);
  service_.opened(about);
  const auto number = about.number;
  connections_.emplace(number, added);
  if (draining_since_) added->drain();
  added->start();
}

/// Puts the outcome of a connection on record.
void server::forget(std::uint64_t number) {
  const auto found = connections_.extract(number);
  auto& ended = *found.mapped();
  const auto& about = ended.about();
  ended_.bytes_in += about.bytes_in;
  ended_.bytes_out += about.bytes_out;
  service_.closed(about, ended.why(), ended.detail());
  change_.cancel();
}

server_counts server::counts() const {
  auto out = ended_;
  out.active = connections_.size();
  for (const auto& [number, each] : connections_) {
    out.bytes_in += each->about().bytes_in;
    out.bytes_out += each->about().bytes_out;
  }
  return out;
}

void server::drain() {
  if (draining_since_) return;
  draining_since_ = clock::now();
  for (const auto& each : listeners_) {
    // Closing resets the connections that wait to be accepted.
    try {
      for (int count = 0; count < most_accepted_at_the_end; ++count) {
        auto link = each->try_accept();
        if (!link) break;
        open(std::move(link), each->local(), each->tls());
      }
    } catch (const std::system_error& reason) {
      service_.accept_failed(error{reason.code(), to_text(each->local())});
    }
    each->close();
  }
  for (const auto& [number, each] : connections_) each->drain();
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
  while ((accepting_ > 0 || !connections_.empty()) && clock::now() < deadline()) {
    co_await changed(deadline());
  }
  const auto count = connections_.size();
  for (const auto& [number, each] : connections_) each->cut();
  while (accepting_ > 0 || !connections_.empty()) co_await changed(clock::time_point::max());
  co_return count;
}

}  // namespace chunk::session
