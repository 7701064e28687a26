#include "socket_address.hpp"

#include <chunk/error.hpp>

#include <arpa/inet.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <system_error>

namespace chunk::net {

using kind = endpoint::kind;

[[noreturn]] void refuse(const endpoint& where, const char* reason) {
  throw failure(
      error{std::make_error_code(std::errc::not_supported), to_text(where) + ": " + reason});
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

}  // namespace chunk::net
