#include "chunk/net/connect.hpp"

#include "happy_eyeballs.hpp"
#include "resolve.hpp"

#include <chrono>
#include <utility>

namespace chunk::net {

using kind = endpoint::kind;

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
  const auto left = until - std::chrono::steady_clock::now();
  auto connecting = connect_first(context, interleave(addresses), where, left, timeout);
  auto made = co_await std::move(connecting);
  if (where.type != kind::tls) co_return made;
  if (!tls) tls = std::make_shared<tls_context>(tls_context::side::client, tls_options{});
  late = to_text(where) + ": no TLS handshake within " + to_text(timeout);
  auto agreeing = tls->handshake(std::move(made), until - std::chrono::steady_clock::now(),
                                 std::move(late), where.name);
  co_return co_await std::move(agreeing);
}

}  // namespace chunk::net
