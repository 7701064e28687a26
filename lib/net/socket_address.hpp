// Addresses as the system calls take them, and sockets for them. Internal to the library.
#pragma once

#include <chunk/net/endpoint.hpp>
#include <chunk/net/unique_descriptor.hpp>

#include <sys/socket.h>

#include <cstring>
#include <string>

namespace chunk::net {

/// An address of any family as the system calls take it.
struct socket_address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage); }

  template <class Address>
  static socket_address of(const Address& value, socklen_t size = sizeof(Address)) {
    socket_address out;
    std::memcpy(&out.storage, &value, size);
    out.size = size;
    return out;
  }
};

/// Reads the address that accept() or getsockname() gave, by the scheme that knows its family.
/// Returns `otherwise` if no scheme does.
endpoint to_endpoint(const socket_address& address, const endpoint& otherwise);

/// Makes a non-blocking stream socket for `address`; `name` is for the failure.
unique_descriptor make_socket(const socket_address& address, const std::string& name);

/// Requests and replies are written whole; waiting for more to send would only delay them.
void set_no_delay(int socket, sa_family_t family);

/// Throws a failure with std::errc::not_supported.
[[noreturn]] void refuse(const endpoint& where, const char* reason);

}  // namespace chunk::net
