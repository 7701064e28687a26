#include "socket_address.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <arpa/inet.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>

namespace chunk {
namespace {

using kind = endpoint::kind;

/// unix(7): a path ends with a NUL, an abstract name starts with one and has no end but its size.
socket_address unix_address(const endpoint& where) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t start = where.type == kind::abstract ? 1 : 0;
  where.name.copy(address.sun_path + start, sizeof address.sun_path - 1 - start);
  const auto size = offsetof(sockaddr_un, sun_path) + where.name.size() + 1;
  return socket_address::of(address, static_cast<socklen_t>(size));
}

socket_address vsock_address(const endpoint& where) {
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_cid = where.number;
  address.svm_port = where.port == 0 ? VMADDR_PORT_ANY : where.port;
  return socket_address::of(address);
}

/// The address without a look-up, where none is needed.
std::optional<socket_address> literal_address(const endpoint& where) {
  if (where.type == kind::unix || where.type == kind::abstract) return unix_address(where);
  if (where.type == kind::vsock) return vsock_address(where);
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

/// An IPv6 socket serves IPv4 as well, unless the system knows no IPv6.
bool has_ipv6() {
  const unique_descriptor probe(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return probe.get() >= 0 || errno != EAFNOSUPPORT;
}

using resolver = asio::ip::basic_resolver<asio::ip::tcp, asio::io_context::executor_type>;

std::vector<socket_address> to_addresses(const resolver::results_type& found) {
  std::vector<socket_address> out;
  for (const auto& entry : found) {
    const auto where = entry.endpoint();
    auto& added = out.emplace_back();
    std::memcpy(&added.storage, where.data(), where.size());
    added.size = static_cast<socklen_t>(where.size());
  }
  return out;
}

}  // namespace

[[noreturn]] void refuse(const endpoint& where, const char* reason) {
  throw failure(
      error{std::make_error_code(std::errc::not_supported), to_text(where) + ": " + reason});
}

asio::awaitable<std::vector<socket_address>> resolve(asio::io_context& context,
                                                     const endpoint& where) {
  if (const auto known = literal_address(where)) co_return std::vector{*known};
  resolver look_up(context);
  std::error_code problem;
  const auto found = co_await look_up.async_resolve(
      where.name, std::to_string(where.port), asio::redirect_error(asio::use_awaitable, problem));
  if (problem) throw failure(error{problem, to_text(where)});
  co_return to_addresses(found);
}

std::vector<socket_address> resolve_to_listen(asio::io_context& context, const endpoint& where) {
  const auto known = literal_address(where);
  if (known && where.type == kind::tcp && where.name.empty() && !has_ipv6()) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(static_cast<std::uint16_t>(where.port));
    return {socket_address::of(any)};
  }
  if (known) return {*known};
  resolver look_up(context);
  std::error_code problem;
  const auto found = look_up.resolve(where.name, std::to_string(where.port),
                                     asio::ip::resolver_base::passive, problem);
  if (problem) throw failure(error{problem, to_text(where)});
  return to_addresses(found);
}

endpoint to_endpoint(const socket_address& address) {
  endpoint out;
  if (address.storage.ss_family == AF_UNIX) {
    const auto* path = reinterpret_cast<const sockaddr_un*>(&address.storage)->sun_path;
    const auto size =
        address.size - std::min<std::size_t>(address.size, offsetof(sockaddr_un, sun_path));
    const bool abstract = size > 0 && path[0] == '\0';
    out.type = abstract ? kind::abstract : kind::unix;
    out.name =
        abstract ? std::string(path + 1, size - 1) : std::string(path, ::strnlen(path, size));
    return out;
  }
  if (address.storage.ss_family == AF_VSOCK) {
    const auto* vm = reinterpret_cast<const sockaddr_vm*>(&address.storage);
    return {kind::vsock, {}, vm->svm_cid, vm->svm_port};
  }
  out.type = kind::tcp;
  char text[INET6_ADDRSTRLEN] = "";
  if (address.storage.ss_family == AF_INET) {
    const auto* four = reinterpret_cast<const sockaddr_in*>(&address.storage);
    ::inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
    out.port = ntohs(four->sin_port);
  } else {
    const auto* six = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    // An IPv4 client of a socket that listens on both is shown as what it is.
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&six->sin6_addr);
    const void* raw =
        mapped ? static_cast<const void*>(six->sin6_addr.s6_addr + 12) : &six->sin6_addr;
    ::inet_ntop(mapped ? AF_INET : AF_INET6, raw, text, sizeof text);
    out.port = ntohs(six->sin6_port);
  }
  out.name = text;
  return out;
}

unique_descriptor make_socket(const socket_address& address, const std::string& name) {
  const int made =
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made < 0) throw failure(last_system_error(name));
  return unique_descriptor(made);
}

void set_no_delay(int socket, sa_family_t family) {
  if (family != AF_INET && family != AF_INET6) return;
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace chunk
