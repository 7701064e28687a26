#include "socket_address.hpp"

#include <chunk/error.hpp>
#include <chunk/net/scheme.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <system_error>
#include <utility>

namespace chunk::net {

[[noreturn]] void refuse(const endpoint& where, const char* reason) {
  throw failure(
      error{std::make_error_code(std::errc::not_supported), to_text(where) + ": " + reason});
}

endpoint to_endpoint(const socket_address& address, const endpoint& otherwise) {
  for (const auto* each : schemes()) {
    if (!each->recognize) continue;
    if (auto known = each->recognize(address)) {
      known->type = each->type;
      return *std::move(known);
    }
  }
  return otherwise;
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
