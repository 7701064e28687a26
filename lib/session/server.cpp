#include "chunk/session/server.hpp"

#include "session.hpp"

#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

namespace chunk {
namespace {

using clock = std::chrono::steady_clock;

/// Chosen: more than any queue of connections holds, and soon done.
constexpr int most_accepted_at_the_end = 10'000;

}  // namespace

std::uint64_t most_memory(const server_options& options) {
  const std::uint64_t longest = options.max_payload + header_size;
  // A buffer at least doubles when it grows, and both begin with a block.
  const auto grown = [](std::uint64_t size) {
    std::uint64_t out = receive_options{}.block;
    while (out < size) out *= 2;
    return out;
  };
  const auto unsent = std::max<std::uint64_t>(options.max_unsent, 1) + longest;
  return options.max_connections * (grown(longest) + grown(unsent));
}

std::string_view to_text(ending why) {
  switch (why) {
    case ending::ended: return "ended";
    case ending::drained: return "drained";
    case ending::cut: return "cut";
    case ending::reset: return "reset";
    case ending::idle: return "idle";
    case ending::request_slow: return "request-slow";
    case ending::handshake_slow: return "handshake-slow";
    case ending::handshake_failed: return "handshake-failed";
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

closing::~closing() = default;

service::~service() = default;

std::optional<asio::awaitable<void>> service::answer_ahead(const connection&, const view&,
                                                           replies&) {
  return std::nullopt;
}

std::optional<asio::awaitable<void>> service::take_over(connection&, transport&) {
  return std::nullopt;
}

server::server(asio::io_context& context, service& with, server_options options)
    : context_(context),
      service_(with),
      options_(std::move(options)),
      change_(context, clock::time_point::max()) {}

server::~server() = default;

void server::listen(std::unique_ptr<listener> from) {
  auto& added = listeners_.emplace_back(std::move(from));
  ++accepting_;
  auto take = [this, at = added.get()](std::unique_ptr<transport> link) {
    open(std::move(link), at->local(), at->tls());
  };
  auto failed = [this](const error& reason) { service_.accept_failed(reason); };
  asio::co_spawn(context_, accept_each(added, std::move(take), std::move(failed)),
                 [this](const std::exception_ptr& problem) {
                   --accepting_;
                   change_.cancel();
                   if (problem) std::rethrow_exception(problem);
                 });
}

void server::serve(std::unique_ptr<transport> link, const endpoint& local) {
  open(std::move(link), local, nullptr);
}

void server::open(std::unique_ptr<transport> link, const endpoint& local,
                  std::shared_ptr<tls_context> tls) {
  connection about;
  about.number = ++ended_.accepted;
  about.remote = link->remote();
  about.local = local;
  about.since = clock::now();
  const auto refuse = [&](ending why, const std::string& detail) {
    service_.closed(about, why, detail);
  };
  if (sessions_.size() >= options_.max_connections) {
    return refuse(ending::over_capacity, std::to_string(sessions_.size()) + " connections already");
  }
  const auto added = std::make_shared<session>(*this, std::move(link), about, std::move(tls));
  if (const auto objection = added->object()) return refuse(objection->why, objection->detail);
  service_.opened(about);
  const auto number = about.number;
  sessions_.emplace(number, added);
  if (draining_since_) added->drain();
  added->start();
}

/// Puts the outcome of a connection on record.
void server::forget(std::uint64_t number) {
  const auto found = sessions_.extract(number);
  auto& ended = *found.mapped();
  const auto& about = ended.about();
  ended_.bytes_in += about.bytes_in;
  ended_.bytes_out += about.bytes_out;
  service_.closed(about, ended.why(), ended.detail());
  change_.cancel();
}

server_counts server::counts() const {
  auto out = ended_;
  out.active = sessions_.size();
  for (const auto& [number, each] : sessions_) {
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
