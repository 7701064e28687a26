// tcp:HOST:PORT, and tls:HOST:PORT, which is the same with a handshake behind it
#include "happy_eyeballs.hpp"
#include "resolve.hpp"
#include "scheme_rows.hpp"

#include <chunk/escape.hpp>
#include <chunk/net/listener.hpp>

#include <fmt/core.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace chunk::net {
namespace {

using clock = std::chrono::steady_clock;

/// HOST:PORT, the host in brackets when it holds colons.
result<endpoint> parse_tcp(std::string_view text, std::string_view whole) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_address(whole, "needs HOST:PORT");
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return bad_address(whole, "the port is a number from 0 to 65535");
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (host.empty()) return bad_address(whole, "the host is missing");
    if (host.find_first_of("[]") != std::string_view::npos) {
      return bad_address(whole, "brackets in brackets");
    }
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return bad_address(whole, "an IPv6 address goes in brackets, as in tcp:[::1]:7000");
  }
  if (host == "*") host = {};
  return endpoint{{}, std::string(host), 0, *port};
}

std::string show_host(const endpoint& where) {
  if (where.name.empty()) return "*";
  if (where.name.find(':') != std::string::npos) return '[' + quoted(where.name) + ']';
  return quoted(where.name);
}

std::string show_tcp(const endpoint& where) {
  return fmt::format("{}:{}", show_host(where), where.port);
}

std::optional<endpoint> recognize_tcp(const socket_address& address) {
  endpoint out;
  char text[INET6_ADDRSTRLEN] = "";
  if (address.storage.ss_family == AF_INET) {
    const auto* four = reinterpret_cast<const sockaddr_in*>(&address.storage);
    ::inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
    out.port = ntohs(four->sin_port);
  } else if (address.storage.ss_family == AF_INET6) {
    const auto* six = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    // An IPv4 client of a socket that listens on both is shown as what it is.
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&six->sin6_addr);
    const void* raw =
        mapped ? static_cast<const void*>(six->sin6_addr.s6_addr + 12) : &six->sin6_addr;
    ::inet_ntop(mapped ? AF_INET : AF_INET6, raw, text, sizeof text);
    out.port = ntohs(six->sin6_port);
  } else {
    return std::nullopt;
  }
  out.name = text;
  return out;
}

asio::awaitable<std::unique_ptr<transport>> connect_tcp(asio::io_context& context, endpoint where,
                                                        duration timeout,
                                                        std::shared_ptr<tls_context>) {
  if (where.name.empty()) refuse(where, "needs a host to connect to");
  const auto until = clock::now() + timeout;
  auto late = to_text(where) + ": not resolved within " + to_text(timeout);
  auto looking_up = resolve(context, where);
  const auto addresses = co_await within(timeout, std::move(looking_up), std::move(late));
  const auto left = until - clock::now();
  auto connecting = connect_first(context, interleave(addresses), where, left, timeout);
  co_return co_await std::move(connecting);
}

asio::awaitable<std::unique_ptr<transport>> connect_tls(asio::io_context& context, endpoint where,
                                                        duration timeout,
                                                        std::shared_ptr<tls_context> tls) {
  const auto until = clock::now() + timeout;
  auto connecting = connect_tcp(context, where, timeout, nullptr);
  auto made = co_await std::move(connecting);
  if (!tls) tls = std::make_shared<tls_context>(tls_context::side::client, tls_options{});
  auto late = to_text(where) + ": no TLS handshake within " + to_text(timeout);
  auto agreeing =
      tls->handshake(std::move(made), until - clock::now(), std::move(late), where.name);
  co_return co_await std::move(agreeing);
}

bound_socket listen_tcp(const endpoint& where, const listen_options& options) {
  const auto address = resolve_to_listen(where).at(0);
  auto socket = make_socket(address, to_text(where));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const int only = options.ipv6_only ? 1 : 0;
  if (where.name.empty() || options.ipv6_only) {
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  }
  return bind_and_listen(std::move(socket), where, address);
}

}  // namespace

constinit const scheme tcp_scheme{
    .type = endpoint::kind::tcp,
    .prefix = "tcp:",
    .form = "tcp:HOST:PORT",
    .help = "a TCP port of a host",
    .short_form = "HOST:PORT",
    .traits = {.has_ip = true},
    .mark = ':',
    .over_tls = endpoint::kind::tls,
    .parse = parse_tcp,
    .show = show_tcp,
    .recognize = recognize_tcp,
    .connect = connect_tcp,
    .listen = listen_tcp,
};

constinit const scheme tls_scheme{
    .type = endpoint::kind::tls,
    .prefix = "tls:",
    .form = "tls:HOST:PORT",
    .help = "a TCP port, encrypted by TLS",
    .traits = {.tls = true, .has_ip = true},
    .parse = parse_tcp,
    .show = show_tcp,
    .connect = connect_tls,
    .listen = listen_tcp,
};

}  // namespace chunk::net
