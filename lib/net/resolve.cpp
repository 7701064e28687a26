#include "resolve.hpp"

#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace chunk::net {
namespace {

/// The address of a host that is given as an IP address, or left out. nullopt: it is a name.
std::optional<socket_address> literal_address(const endpoint& where) {
  const auto port = htons(static_cast<std::uint16_t>(where.port));
  sockaddr_in four{};
  if (::inet_pton(AF_INET, where.name.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = port;
    return socket_address::of(four);
  }
  sockaddr_in6 six{};
  if (where.name.empty() || ::inet_pton(AF_INET6, where.name.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = port;
    return socket_address::of(six);
  }
  return std::nullopt;
}

/// Says whether the system knows IPv6. An IPv6 socket can then serve IPv4 as well.
bool has_ipv6() {
  const unique_descriptor probe(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return probe.get() >= 0 || errno != EAFNOSUPPORT;
}

/// The codes of getaddrinfo(3).
class resolver_category_type final : public std::error_category {
 public:
  const char* name() const noexcept override { return "resolver"; }
  std::string message(int value) const override { return ::gai_strerror(value); }
};

std::error_code resolver_error(int code) {
  static const resolver_category_type category;
  if (code == EAI_SYSTEM) return {errno, std::system_category()};
  return {code, category};
}

/// The result of a look-up.
struct found {
  std::vector<socket_address> addresses;
  std::error_code problem;
};

found look_up(const endpoint& where, int flags) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* first = nullptr;
  const auto port = std::to_string(where.port);
  found out;
  const int code = ::getaddrinfo(where.name.c_str(), port.c_str(), &wanted, &first);
  if (code != 0) out.problem = resolver_error(code);
  for (const auto* each = first; each; each = each->ai_next) {
    auto& added = out.addresses.emplace_back();
    std::memcpy(&added.storage, each->ai_addr, each->ai_addrlen);
    added.size = each->ai_addrlen;
  }
  if (first) ::freeaddrinfo(first);
  return out;
}

/// A look-up on another thread, and the coroutine that waits for it until its own deadline.
struct pending_look_up {
  std::mutex mutex;
  asio::steady_timer* waiting = nullptr;  // null once nobody waits
  found outcome;
};

/// Its destructor tells the thread of a look-up that nobody waits any more.
class waiting_for {
 public:
  waiting_for(pending_look_up& what, asio::steady_timer& timer) : what_(what) {
    what_.waiting = &timer;
  }
  ~waiting_for() {
    const std::lock_guard lock(what_.mutex);
    what_.waiting = nullptr;
  }
  waiting_for(const waiting_for&) = delete;
  waiting_for& operator=(const waiting_for&) = delete;

  /// Takes what has been found so far.
  found take() {
    const std::lock_guard lock(what_.mutex);
    return std::move(what_.outcome);
  }

 private:
  pending_look_up& what_;
};

/// Blocks all signals in this thread, and in those that it starts, until it is destroyed: signals
/// are for the thread of the event loop.
class signals_blocked {
 public:
  signals_blocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;

 private:
  sigset_t before_{};
};

/// getaddrinfo(3) cannot be interrupted, so it runs on a detached thread, which goes on after a
/// deadline has passed.
void start_look_up(std::shared_ptr<pending_look_up> pending, endpoint where) {
  const signals_blocked in_the_thread;
  std::thread([pending = std::move(pending), where = std::move(where)] {
    auto outcome = look_up(where, 0);
    const std::lock_guard lock(pending->mutex);
    pending->outcome = std::move(outcome);
    if (!pending->waiting) return;
    asio::post(pending->waiting->get_executor(), [pending] {
      if (pending->waiting) pending->waiting->cancel();
    });
  }).detach();
}

}  // namespace

asio::awaitable<std::vector<socket_address>> resolve(asio::io_context& context,
                                                     const endpoint& where) {
  if (const auto known = literal_address(where)) co_return std::vector{*known};
  const auto pending = std::make_shared<pending_look_up>();
  asio::steady_timer done(context, asio::steady_timer::time_point::max());
  waiting_for guard(*pending, done);
  start_look_up(pending, where);
  std::error_code woken;
  co_await done.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  // It may have been woken by somebody else, while the thread goes on.
  auto outcome = guard.take();
  if (outcome.problem) throw failure(error{outcome.problem, to_text(where)});
  co_return std::move(outcome.addresses);
}

std::vector<socket_address> resolve_to_listen(const endpoint& where) {
  const auto known = literal_address(where);
  if (known && where.name.empty() && !has_ipv6()) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(static_cast<std::uint16_t>(where.port));
    return {socket_address::of(any)};
  }
  if (known) return {*known};
  auto outcome = look_up(where, AI_PASSIVE);
  if (outcome.problem) throw failure(error{outcome.problem, to_text(where)});
  return std::move(outcome.addresses);
}

}  // namespace chunk::net
