#include "dump/tap.hpp"

#include "cli/connect.hpp"
#include "cli/options.hpp"
#include "cli/signals.hpp"
#include "cli/status.hpp"
#include "cli/tls.hpp"
#include "dump/recorder.hpp"
#include "dump/tapped_connection.hpp"
#include "format/registry.hpp"
#include "format/utc_time.hpp"
#include "io/live_output.hpp"
#include "io/tasks.hpp"

#include <chunk/net/acceptor.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/listener.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/session/chunk_reader.hpp>
#include <chunk/session/relay.hpp>

#include <asio/steady_timer.hpp>
#include <fmt/core.h>

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace tools::dump {
namespace {

using namespace std::chrono_literals;

/// Chosen: enough for a reader that is only slow, and short for a user.
constexpr chunk::net::duration last_chance = 1s;

constexpr auto out_of_memory = "out of memory";

/// Prints on standard error unless that would block, since the terminal may be stuck.
void remark(const std::string& text) {
  pollfd room{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&room, 1, 0) > 0) cli::remark(text);
}

/// Listens, and holds the state shared by its connections.
class tap : private chunk::net::accept_observer {
 public:
  tap(asio::io_context& context, const tap_options& options, chunk::net::endpoint upstream);

  /// Passes connections through until it is cancelled.
  asio::awaitable<void> run(const chunk::net::endpoint& where);

 private:
  void arrived(const chunk::net::accepted_connection& from) override;
  void refused(const chunk::net::accepted_connection& from, chunk::net::refusal why,
               const chunk::failure& reason) override;
  void accept_failed(const chunk::error& reason) override;
  void changed() override { change_.cancel(); }

  void take(chunk::net::accepted_connection from);
  asio::awaitable<void> serve(chunk::net::accepted_connection from);
  asio::awaitable<void> pass(chunk::net::transport& client, chunk::net::transport& server,
                             std::uint64_t number);
  std::unique_ptr<recorder> record(std::uint64_t number);
  std::unique_ptr<recorder> try_record(std::uint64_t number);
  tapped_connection::settings settings_of(std::uint64_t number);
  void interrupt();

  asio::io_context& context_;
  const tap_options& options_;
  chunk::net::endpoint upstream_;
  std::shared_ptr<chunk::net::tls_context> upstream_tls_;
  io::live_output out_;
  chunk::session::buffer_pool pool_;
  formatter_pair shared_;  // for all connections, if the format has one table for all
  std::unique_ptr<recorder> first_record_;
  std::map<std::uint64_t, tapped_connection*> open_;
  bool complained_ = false;    // whether a failure to accept was reported since the last success
  asio::steady_timer change_;  // cancelled when all listeners have ended
  chunk::net::acceptor accepting_;
};

chunk::net::accept_options within(chunk::net::duration handshake) {
  chunk::net::accept_options out;
  out.handshake = handshake;
  return out;
}

tap::tap(asio::io_context& context, const tap_options& options, chunk::net::endpoint upstream)
    : context_(context),
      options_(options),
      upstream_(std::move(upstream)),
      out_(context, [format = options.how.format](
                        std::uint64_t count) { return format->gap(std::to_string(count)); }),
      change_(context, asio::steady_timer::time_point::max()),
      accepting_(
          context, [this](chunk::net::accepted_connection from) { take(std::move(from)); }, *this,
          within(options.timeout)) {
  if (options_.how.format->cumulative) shared_ = make_formatters(options_.how, out_.text());
}

/// Opens the script of a connection.
std::unique_ptr<recorder> tap::record(std::uint64_t number) {
  if (!options_.record) return nullptr;
  auto path = *options_.record;
  if (number > 1) path += '.' + std::to_string(number);
  return std::make_unique<recorder>(std::move(path), *options_.how.rules);
}

/// Opens the script of a further connection. A failure must not end the other connections.
std::unique_ptr<recorder> tap::try_record(std::uint64_t number) {
  try {
    auto made = number == 1 ? std::move(first_record_) : record(number);
    if (made) {
      made->begin(number, fmt::format("connection {} to {}, {}", number, to_text(upstream_),
                                      format::utc_seconds(format::wall_clock::now())));
    }
    return made;
  } catch (const chunk::local_failure& reason) {
    remark(fmt::format("connection {}: not recorded: {}", number, reason.what()));
    return nullptr;
  }
}

tapped_connection::settings tap::settings_of(std::uint64_t number) {
  tapped_connection::settings out;
  out.how = options_.how;
  out.how.connection = number;
  out.formatters = shared_[0] ? shared_ : make_formatters(out.how, out_.text());
  out.max_chunk = options_.max_chunk;
  out.tells = options_.how.format->shows_connections && !options_.quiet;
  out.remark = remark;
  return out;
}

/// Passes one connection through until it ends.
asio::awaitable<void> tap::pass(chunk::net::transport& client, chunk::net::transport& server,
                                std::uint64_t number) {
  tapped_connection observer(settings_of(number), out_, try_record(number));
  open_.emplace(number, &observer);
  std::optional<std::string> problem;
  try {
    observer.open(cli::show_peer(client));
    co_await chunk::session::relay(client, server, observer, pool_);
  } catch (const chunk::local_failure&) {
    throw;  // a failure of standard output, not of the connection
  } catch (const chunk::failure& reason) {
    problem = reason.what();
  } catch (const std::bad_alloc&) {
    problem = out_of_memory;
    out_.text().clear();  // a part of a record
  }
  open_.erase(number);
  observer.close(problem.has_value());
  if (problem && !options_.quiet) remark(fmt::format("connection {}: {}", number, *problem));
  if (!options_.verbose) co_return;
  remark(fmt::format("connection {} closed: {} bytes of requests, {} bytes of replies", number,
                     observer.bytes(chunk::session::way::forth),
                     observer.bytes(chunk::session::way::back)));
}

asio::awaitable<void> tap::serve(chunk::net::accepted_connection from) {
  std::unique_ptr<chunk::net::transport> server;
  std::optional<std::string> problem;
  try {
    server = co_await chunk::net::connect(context_, upstream_, options_.timeout, upstream_tls_);
    if (options_.keep_alive) server->keep_alive();
  } catch (const chunk::failure& reason) {
    problem = reason.what();
  } catch (const std::bad_alloc&) {
    problem = out_of_memory;
  }
  if (problem) {
    remark(fmt::format("connection {}: {}", from.number, *problem));
    co_return;
  }
  co_await pass(*from.link, *server, from.number);
}

void tap::take(chunk::net::accepted_connection from) {
  io::start(context_, serve(std::move(from)));
}

void tap::arrived(const chunk::net::accepted_connection& from) {
  complained_ = false;
  if (!options_.verbose) return;
  remark(fmt::format("connection {} from {}", from.number, cli::show_peer(*from.link)));
}

void tap::refused(const chunk::net::accepted_connection& from, chunk::net::refusal,
                  const chunk::failure& reason) {
  remark(fmt::format("connection {}: {}", from.number, reason.what()));
}

/// Reports the first one of consecutive failures to accept.
void tap::accept_failed(const chunk::error& reason) {
  if (!std::exchange(complained_, true)) remark(to_text(reason));
}

/// Finishes all output before the process ends.
void tap::interrupt() {
  for (const auto& [number, each] : open_) each->interrupt();
  for (const auto& each : shared_) {
    if (each) each->finish();
  }
  out_.commit();
  out_.finish(last_chance);
  if (out_.dropped() > 0) remark(fmt::format("{} records dropped", out_.dropped()));
}

asio::awaitable<void> tap::run(const chunk::net::endpoint& where) {
  auto secured = cli::server_tls(options_.addresses.front(), options_.tls);
  upstream_tls_ = cli::client_tls(options_.addresses.back(), options_.tls);
  chunk::net::listen_options how{cli::parse_mode(options_.mode), std::move(secured)};
  how.keep_alive = options_.keep_alive;
  const cli::file_hold holds(where);
  const auto listener = std::make_shared<chunk::net::listener>(context_, where, std::move(how));
  first_record_ = record(1);  // only after listening has succeeded
  const cli::interruption ends_it(context_, [&](int) {
    listener->close();
    interrupt();
  });
  cli::announce_listening(listener->local(), options_.ready_fd, options_.verbose);
  accepting_.listen(listener);
  while (!accepting_.is_over()) {
    co_await io::wait(change_);
  }
}

}  // namespace

asio::awaitable<int> run_tap(asio::io_context& context, const tap_options& options) {
  const auto where = cli::read_address(options.addresses.at(0));
  auto upstream = cli::parse_upstream(options.addresses.at(1));
  tap between(context, options, std::move(upstream));
  co_await between.run(where);
  co_return cli::success;
}

}  // namespace tools::dump
