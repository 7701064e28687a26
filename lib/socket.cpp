#include "chunk/socket.hpp"

#include "socket_address.hpp"

#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <cerrno>
#include <chrono>
#include <exception>

namespace chunk {
namespace {

using descriptor = asio::posix::stream_descriptor;
using kind = endpoint::kind;

/// Chosen: short for a user, and a hundred tries a second for the system.
constexpr duration full_queue_pause = std::chrono::milliseconds(10);

/// The code a finished connect() left behind.
std::error_code connect_outcome(int socket) {
  int code = 0;
  socklen_t size = sizeof code;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size);
  return {code, std::system_category()};
}

/// Begins to connect. A Unix listener whose queue is full says so at once instead of letting a
/// client wait, so that the client has to try again until its deadline.
asio::awaitable<std::error_code> start_connect(const unique_descriptor& socket,
                                               const socket_address& address) {
  while (::connect(socket.get(), address.data(), address.size) != 0) {
    const std::error_code problem(errno, std::system_category());
    if (problem != std::errc::resource_unavailable_try_again) co_return problem;
    asio::steady_timer pause(co_await asio::this_coro::executor, full_queue_pause);
    co_await pause.async_wait(asio::use_awaitable);
  }
  co_return std::error_code();
}

asio::awaitable<std::unique_ptr<transport>> connect_one(asio::io_context& context,
                                                        socket_address address, endpoint where) {
  const auto name = to_text(where);
  auto socket = make_socket(address, name);
  auto problem = co_await start_connect(socket, address);
  if (problem == std::errc::operation_in_progress) {
    descriptor waiting(context, socket.release());
    problem.clear();
    co_await waiting.async_wait(descriptor::wait_write,
                                asio::redirect_error(asio::use_awaitable, problem));
    if (!problem) problem = connect_outcome(waiting.native_handle());
    socket = unique_descriptor(waiting.release());
  }
  if (problem) throw failure(error{problem, name});
  set_no_delay(socket.get(), address.storage.ss_family);
  peer remote{std::move(where), std::nullopt};
  co_return adopt_socket(context, socket.release(), name, std::move(remote));
}

/// The outcome of one attempt as values, so that the next address can be tried after a failure.
struct attempt {
  std::unique_ptr<transport> made;
  std::exception_ptr problem;
};

asio::awaitable<attempt> try_connect(asio::io_context& context, socket_address address,
                                     endpoint where, duration share) {
  auto late = to_text(where) + ": no connection within " + to_text(share);
  attempt out;
  try {
    auto one = connect_one(context, address, std::move(where));
    out.made = co_await within(share, std::move(one), std::move(late));
  } catch (const failure&) {
    out.problem = std::current_exception();
  }
  co_return out;
}

}  // namespace

asio::awaitable<std::unique_ptr<transport>> connect(asio::io_context& context, endpoint where,
                                                    duration timeout,
                                                    std::shared_ptr<tls_context> tls) {
  if (where.type == kind::stdio) co_return open_stdio(context);
  if (where.type == kind::fd) co_return open_descriptor(context, static_cast<int>(where.number));
  if ((where.type == kind::tcp || where.type == kind::tls) && where.name.empty()) {
    refuse(where, "needs a host to connect to");
  }
  const auto until = std::chrono::steady_clock::now() + timeout;
  auto late = to_text(where) + ": not resolved within " + to_text(timeout);
  auto looking_up = resolve(context, where);
  const auto addresses = co_await within(timeout, std::move(looking_up), std::move(late));
  attempt last;
  for (std::size_t at = 0; at < addresses.size() && !last.made; ++at) {
    const auto left = until - std::chrono::steady_clock::now();
    const auto share = left / static_cast<duration::rep>(addresses.size() - at);
    last = co_await try_connect(context, addresses[at], where, share);
  }
  if (last.problem) std::rethrow_exception(last.problem);
  if (where.type != kind::tls) co_return std::move(last.made);
  if (!tls) tls = std::make_shared<tls_context>(tls_context::side::client, tls_options{});
  late = to_text(where) + ": no TLS handshake within " + to_text(timeout);
  auto agreeing = tls->agree(std::move(last.made), until - std::chrono::steady_clock::now(),
                             std::move(late), where.name);
  co_return co_await std::move(agreeing);
}

}  // namespace chunk
