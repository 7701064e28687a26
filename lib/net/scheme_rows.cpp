#include "scheme_rows.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <sys/socket.h>

#include <utility>

namespace chunk::net {

tl::unexpected<error> bad_address(std::string_view whole, std::string_view reason) {
  return tl::unexpected(error{errc::bad_address, fmt::format("'{}': {}", quoted(whole), reason)});
}

endpoint local_address(int socket, const endpoint& where) {
  socket_address out;
  out.size = sizeof out.storage;
  ::getsockname(socket, out.data(), &out.size);
  return to_endpoint(out, where);
}

bound_socket bind_and_listen(unique_descriptor socket, const endpoint& where,
                             const socket_address& address) {
  const bool listening = ::bind(socket.get(), address.data(), address.size) == 0 &&
                         ::listen(socket.get(), SOMAXCONN) == 0;
  if (!listening) throw failure(last_system_error(to_text(where)));
  auto local = local_address(socket.get(), where);
  return {std::move(socket), std::move(local)};
}

}  // namespace chunk::net
