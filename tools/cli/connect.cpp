#include "cli/connect.hpp"

#include "cli/signals.hpp"
#include "cli/status.hpp"
#include "cli/tls.hpp"
#include "io/output.hpp"
#include "io/tasks.hpp"
#include "io/write.hpp"

#include <chunk/net/acceptor.hpp>
#include <chunk/net/connect.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/net/listener.hpp>
#include <chunk/net/scheme.hpp>

#include <fmt/core.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <string_view>
#include <utility>

namespace tools::cli {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// The pause between two tries. Chosen: a server that starts is found soon, and one that takes long
/// is not flooded.
constexpr chunk::net::duration first_pause = 10ms;
constexpr chunk::net::duration longest_pause = 250ms;

/// Says whether connecting may succeed later, once a server listens.
bool may_pass(const chunk::failure& reason) {
  const auto& code = reason.code();
  if (code.category() == std::generic_category()) return code == std::errc::timed_out;
  if (std::string_view(code.category().name()) == "resolver") return true;
  for (const auto each :
       {std::errc::connection_refused, std::errc::no_such_file_or_directory,
        std::errc::connection_reset, std::errc::connection_aborted, std::errc::host_unreachable,
        std::errc::network_unreachable, std::errc::network_down, std::errc::timed_out}) {
    if (code == each) return code.category() == std::system_category();
  }
  return false;
}

asio::awaitable<std::unique_ptr<chunk::net::transport>> accept_one(
    asio::io_context& context, const connection_options& options, bool verbose) {
  const auto listener = open_listener(context, options);
  const interruption removes_file(context, [&](int) { listener->close(); });
  announce_listening(listener->local(), options.ready_fd, verbose);
  co_return co_await chunk::net::accept_one(*listener);
}

}  // namespace

chunk::net::endpoint parse_upstream(const std::string& text, const std::string& option) {
  auto where = chunk::value_or_throw(chunk::net::parse_endpoint(text));
  if (!chunk::net::scheme_of(where).traits.repeatable) {
    throw wrong_usage(option + "'" + text + "': cannot be connected to again and again");
  }
  return where;
}

chunk::net::endpoint read_address(const std::string& text) {
  auto where = chunk::value_or_throw(chunk::net::parse_endpoint(text));
  if (where.type != chunk::net::endpoint::kind::fd) return where;
  // Every descriptor of the tool itself is closed by exec(), and none that was passed to it is.
  const int flags = ::fcntl(static_cast<int>(where.number), F_GETFD);
  const bool passed = flags >= 0 && (flags & FD_CLOEXEC) == 0;
  if (passed) return where;
  errno = EBADF;
  throw chunk::failure(chunk::last_system_error(to_text(where)));
}

void announce_ready(int descriptor, const chunk::net::endpoint& where) {
  if (descriptor < 0) return;
  const auto subject = "--ready-fd " + std::to_string(descriptor);
  // A write to a full pipe would block until somebody reads, and every client with it.
  pollfd room{descriptor, POLLOUT, 0};
  if (::poll(&room, 1, 0) == 0) {
    const auto code = std::make_error_code(std::errc::resource_unavailable_try_again);
    throw chunk::local_failure(chunk::error{code, subject + ": full, and nobody reads from it"});
  }
  if (io::write_whole(descriptor, to_address(where) + '\n')) return;
  throw chunk::local_failure(chunk::last_system_error(subject));
}

void end_ready(int descriptor, later_output later) {
  if (descriptor > STDERR_FILENO) ::close(descriptor);
  if (descriptor == STDOUT_FILENO && later == later_output::none) io::leave_standard_output();
}

namespace {

/// A listener, and what keeps its socket file from being left behind.
struct held_listener {
  held_listener(asio::io_context& context, const chunk::net::endpoint& where,
                chunk::net::listen_options how)
      : holds(where), at(context, where, std::move(how)) {}

  file_hold holds;
  chunk::net::listener at;
};

}  // namespace

std::shared_ptr<chunk::net::listener> open_listener(asio::io_context& context,
                                                    const connection_options& options) {
  const auto where = read_address(options.listen);
  chunk::net::listen_options how{parse_mode(options.mode), server_tls(options.listen, options.tls)};
  how.keep_alive = options.keep_alive.value_or(true);
  const auto made = std::make_shared<held_listener>(context, where, std::move(how));
  return {made, &made->at};
}

void announce_listening(const chunk::net::endpoint& where, int descriptor, bool verbose,
                        later_output later) {
  if (verbose) remark("listening on " + to_text(where));
  announce_ready(descriptor, where);
  end_ready(descriptor, later);
}

connector::connector(asio::io_context& context, const connection_options& options, bool verbose)
    : context_(context),
      where_(read_address(options.connect)),
      tls_(client_tls(options.connect, options.tls)),
      keep_alive_(options.keep_alive.value_or(false)),
      verbose_(verbose) {
  if (options.retry_seconds) patience_ = to_limit(*options.retry_seconds, "--retry");
}

asio::awaitable<std::unique_ptr<chunk::net::transport>> connector::open(
    chunk::net::duration limit) {
  const auto until = clock::now() + patience_.value_or(chunk::net::duration{});
  std::string told;  // the reason that --verbose has printed last
  for (auto wait = first_pause;; wait = std::min(2 * wait, longest_pause)) {
    std::exception_ptr problem;
    std::string reason;
    bool again = false;
    try {
      auto link = co_await chunk::net::connect(context_, where_, limit, tls_);
      if (keep_alive_) link->keep_alive();
      patience_.reset();
      co_return link;
    } catch (const chunk::failure& why) {
      problem = std::current_exception();
      reason = why.what();
      again = patience_ && may_pass(why) && clock::now() < until;
    }
    if (!again) std::rethrow_exception(problem);
    if (verbose_ && reason != told) remark(reason + "; trying again");
    told = reason;
    co_await io::pause(std::min<chunk::net::duration>(wait, until - clock::now()));
  }
}

asio::awaitable<std::unique_ptr<chunk::net::transport>> reach_peer(
    asio::io_context& context, const connection_options& options, bool verbose) {
  const auto timeout = timeout_of(options);
  std::unique_ptr<chunk::net::transport> link;
  if (!options.listen.empty()) {
    auto accepting = accept_one(context, options, verbose);
    if (timeout) {
      auto late = options.listen + ": no connection within " + chunk::net::to_text(*timeout);
      accepting = chunk::net::within(*timeout, std::move(accepting), std::move(late));
    }
    link = co_await std::move(accepting);
  } else {
    connector connecting(context, options, verbose);
    link = co_await connecting.open(timeout.value_or(chunk::net::connect_timeout));
  }
  if (verbose) remark("connected: " + show_peer(*link));
  co_return link;
}

std::string show_peer(const chunk::net::transport& link) {
  const auto& owner = link.remote().owner;
  if (!owner) return link.name();
  return fmt::format("{} (pid {}, uid {}, gid {})", link.name(), owner->pid, owner->uid,
                     owner->gid);
}

}  // namespace tools::cli
