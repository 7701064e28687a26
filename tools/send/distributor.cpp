#include "send/distributor.hpp"

#include "cli/status.hpp"
#include "io/tasks.hpp"
#include "script/language/words.hpp"

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <new>
#include <system_error>
#include <utility>

namespace tools::send {
namespace {

/// Chosen: larger reads are hardly faster.
constexpr std::size_t read_size = 256 * 1024;

/// A reader that takes less than this within its patience, at the end of the stream, is too slow.
/// Chosen.
constexpr std::size_t least_progress = 64 * 1024;

/// Says whether a connection has failed because its client has closed it.
bool has_left(const std::error_code& why) {
  return why == std::errc::broken_pipe || why == std::errc::connection_reset ||
         why.category() != std::system_category();
}

chunk::net::accept_options at_most(std::size_t clients) {
  chunk::net::accept_options out;
  out.max_connections = clients;
  return out;
}

}  // namespace

distributor::distributor(asio::io_context& context, settings how, cli::progress& counting)
    : context_(context),
      how_(how),
      counting_(counting),
      changed_(context),
      accepting_(
          context, [this](chunk::net::accepted_connection from) { add_client(std::move(from)); },
          *this, at_most(how.max_clients)) {}

void distributor::spawn(asio::awaitable<void> work) {
  auto done = [self = shared_from_this()](const std::exception_ptr& problem) {
    if (problem && !self->problem_) self->problem_ = problem;
    if (problem) self->changed_.cancel();
  };
  io::start(context_, std::move(work), std::move(done));
}

asio::awaitable<void> distributor::wait_until(clock::time_point due) {
  changed_.expires_at(due);
  co_await io::wait(changed_);
  if (problem_) std::rethrow_exception(problem_);
}

void distributor::refused(const chunk::net::accepted_connection& from, chunk::net::refusal why,
                          const chunk::failure& reason) {
  using chunk::net::refusal;
  complained_ = false;
  if (why == refusal::over_capacity) {
    lost_any_ = true;
    cli::remark(fmt::format("{}: refused: {} {} connected", from.link->name(),
                            script::counted(how_.max_clients, "client"),
                            how_.max_clients == 1 ? "is" : "are"));
  } else if (why != refusal::closed && !how_.verbosity.quiet) {
    cli::remark(reason.what());
  }
}

void distributor::accept_failed(const chunk::error& reason) {
  if (!std::exchange(complained_, true)) cli::remark(to_text(reason));
}

/// Adds a client that is ready.
void distributor::add_client(chunk::net::accepted_connection from) {
  const auto one = std::make_shared<client>(context_, std::move(from));
  if (how_.verbosity.verbose) cli::remark("connected: " + one->name);
  one->queue.start(start_);
  clients_.push_back(one);
  spawn(write_to(one));
  spawn(listen_to(one));
  changed_.cancel();
}

asio::awaitable<void> distributor::write_to(shared one) {
  const auto enough = how_.slow == policy::block ? std::size_t{1} : least_progress;
  try {
    while (!one->gone) {
      if (one->queue.empty() && one->closing) {
        one->link->shutdown_write();
        one->ended = true;
        one->progress = clock::now();
        break;
      }
      if (one->queue.empty()) {
        one->wake.expires_at(clock::time_point::max());
        co_await io::wait(one->wake);
        continue;
      }
      const auto put = one->link->try_write(one->queue.front());
      if (!put) {
        co_await one->link->wait_writable();
        continue;
      }
      one->queue.pop(*put);
      one->taken += *put;
      if (one->taken >= enough || one->queue.empty()) {
        one->taken = 0;
        one->progress = clock::now();
      }
      changed_.cancel();
    }
  } catch (const chunk::failure& reason) {
    lose(*one, reason);
  } catch (const std::bad_alloc&) {
    lost_any_ = true;
    disconnect(*one, "out of memory");
  }
  changed_.cancel();
}

/// Reads and discards what a client sends, so that the client is not blocked in sending.
asio::awaitable<void> distributor::listen_to(shared one) {
  std::vector<std::byte> scratch(4096);
  try {
    for (std::size_t got = 1; got > 0 && !one->gone;) got = co_await one->link->read_some(scratch);
  } catch (const chunk::failure& reason) {
    lose(*one, reason);
  } catch (const std::bad_alloc&) {
    lost_any_ = true;
    disconnect(*one, "out of memory");
  }
  one->silent = true;
  try {
    // A client may have closed its socket and not only ended its half. On a Unix socket a write
    // then fails.
    if (!one->gone) one->link->try_write({});
  } catch (const chunk::failure&) {
    leave(*one, nullptr);
  }
  changed_.cancel();
}

void distributor::leave(client& one, const char* why) {
  if (std::exchange(one.gone, true)) return;
  one.link->cancel();
  one.wake.cancel();
  if (!how_.verbosity.verbose) return;
  auto text = fmt::format("closed: {}: {} chunks", one.name, one.queue.chunks());
  if (one.queue.dropped() > 0) text += fmt::format(", {} dropped", one.queue.dropped());
  if (why) text += fmt::format("; {}", why);
  cli::remark(text);
}

/// Ends a connection that has failed. If that is not the doing of the client, the stream must not
/// look complete to it, and the user is told.
void distributor::lose(client& one, const chunk::failure& reason) {
  if (one.gone || has_left(reason.code())) return leave(one, reason.what());
  lost_any_ = true;
  if (!how_.verbosity.verbose) cli::remark(reason.what());
  leave(one, reason.what());
  one.link->reset();
}

void distributor::disconnect(client& one, const char* why) {
  if (!how_.verbosity.quiet) {
    cli::remark(fmt::format("{}: {}, cut with {} bytes not taken", one.name, why,
                            one.queue.front().size()));
  }
  leave(one, nullptr);
  one.link->reset();
}

void distributor::give_up(const client& one) const {
  throw chunk::failure(
      chunk::error{std::make_error_code(std::errc::timed_out),
                   one.link->name() + ": nothing taken for " + chunk::net::to_text(*how_.timeout)});
}

/// Says whether reading more of the stream has to wait for this client.
bool distributor::blocks_stream(const client& one) const {
  if (one.gone || !one.queue.full()) return false;
  return how_.slow != policy::drop || one.queue.inside() || !one.queue.behind();
}

void distributor::handle_slow_reader(client& one) {
  if (how_.slow == policy::block) give_up(one);
  // A chunk that has begun cannot be dropped any more.
  if (how_.slow == policy::cut || one.queue.inside()) return disconnect(one, "too slow");
  one.queue.fall_behind();
  if (how_.verbosity.verbose) cli::remark(one.name + ": too slow, dropping chunks");
}

/// Waits until no client blocks the stream any more.
asio::awaitable<void> distributor::make_room() {
  const auto begin = clock::now();
  for (bool waits = true; waits;) {
    waits = false;
    auto due = clock::time_point::max();
    for (const auto& each : clients_) {
      if (!blocks_stream(*each)) continue;
      const bool blocks = how_.slow == policy::block;
      const auto since = blocks ? each->progress : begin;
      const bool limited = !blocks || how_.timeout;
      const auto until = limited ? since + patience() : clock::time_point::max();
      if (clock::now() >= until) {
        handle_slow_reader(*each);
        continue;
      }
      due = std::min(due, until);
      waits = true;
    }
    if (waits) co_await wait_until(due);
  }
  sweep();
}

asio::awaitable<void> distributor::wait_for_someone() {
  const auto until = how_.timeout ? clock::now() + *how_.timeout : clock::time_point::max();
  for (sweep(); clients_.empty(); sweep()) {
    if (clock::now() >= until) {
      auto late = listening_ + ": no connection within " + chunk::net::to_text(*how_.timeout);
      throw chunk::failure(
          chunk::error{std::make_error_code(std::errc::timed_out), std::move(late)});
    }
    co_await wait_until(until);
  }
}

/// Queues everything received for all clients.
void distributor::distribute(chunk::session::chunk_reader& from) {
  std::size_t ended = 0;
  std::size_t bytes = 0;
  while (const auto given = from.next()) {
    const auto raw = from.raw();
    bytes += raw.size();
    if (given->kind != chunk::fragment_kind::chunk) {
      start_.assign(raw.begin(), raw.end());
      for (const auto& each : clients_) each->queue.start(start_);
      continue;
    }
    if (given->ends) ++ended;
    for (const auto& each : clients_) {
      if (each->queue.empty()) each->progress = clock::now();
      each->queue.add(*given, raw);
    }
  }
  for (const auto& each : clients_) each->wake.cancel();
  counting_.add(bytes, ended);
}

asio::awaitable<void> distributor::pass_on() {
  const auto standard = chunk::net::open_stdio(context_);
  chunk::session::reader_options limits;
  limits.max_payload = how_.max_chunk;
  limits.block = read_size;
  limits.hold = reader_queue::limit;
  limits.framing = how_.framing.of(chunk::stream_side::unknown);
  chunk::session::chunk_reader from(*standard, limits);
  co_await wait_for_someone();
  for (bool more = true; more;) {
    more = co_await from.fill();
    if (!more) break;
    co_await wait_for_someone();
    distribute(from);
    // Reading from a file never waits, so that yielding is necessary for clients to be written to.
    co_await asio::post(context_, asio::use_awaitable);
    co_await make_room();
  }
  value_or_throw(from.finish());
}

/// Says whether a client is done: it has received everything, and has closed its side or had the
/// time to do so.
bool distributor::is_done(const client& one, clock::time_point now) const {
  const bool late = now >= one.progress + patience();
  return one.gone || (one.ended && (one.silent || late));
}

asio::awaitable<void> distributor::finish() {
  for (const auto& each : clients_) {
    each->closing = true;
    each->progress = clock::now();
    each->wake.cancel();
  }
  for (bool waits = true; waits;) {
    waits = false;
    auto due = clock::time_point::max();
    // Asked once, so that a client's time is not up between two questions.
    const auto now = clock::now();
    for (const auto& each : clients_) {
      if (is_done(*each, now)) {
        leave(*each, nullptr);
        continue;
      }
      const bool limited = each->ended || how_.slow != policy::block || how_.timeout;
      const auto until = limited ? each->progress + patience() : clock::time_point::max();
      if (now >= until) {
        if (how_.slow == policy::block) give_up(*each);
        disconnect(*each, "too slow");
        continue;
      }
      due = std::min(due, until);
      waits = true;
    }
    if (waits) co_await wait_until(due);
  }
}

asio::awaitable<bool> distributor::run(std::shared_ptr<chunk::net::listener> at) {
  listening_ = to_text(at->local());
  accepting_.listen(std::move(at));
  std::exception_ptr broken;
  try {
    co_await pass_on();
  } catch (const chunk::failure&) {
    broken = std::current_exception();  // chunks received before are sent to the clients first
  }
  accepting_.close();
  co_await finish();
  if (broken) std::rethrow_exception(broken);
  co_return !lost_any_;
}

}  // namespace tools::send
