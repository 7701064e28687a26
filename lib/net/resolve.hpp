// Addresses as the system calls take them. Internal to the library.
#pragma once

#include <chunk/error.hpp>
#include <chunk/net/endpoint.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

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

/// Owns a descriptor until it is handed over.
class unique_descriptor {
 public:
  explicit unique_descriptor(int value) : value_(value) {}
  ~unique_descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  unique_descriptor(unique_descriptor&& other) noexcept : value_(other.release()) {}
  unique_descriptor& operator=(unique_descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }

  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

/// Looks a host name up. Any other address needs no look-up.
///
/// Throws: failure with the resolver's code
asio::awaitable<std::vector<socket_address>> resolve(asio::io_context& context,
                                                     const endpoint& where);

/// The same, waiting for the resolver.
std::vector<socket_address> resolve_to_listen(const endpoint& where);

/// Shows the address that accept() or getsockname() gave.
endpoint to_endpoint(const socket_address& address);

/// Makes a non-blocking stream socket for `address`; `name` is for the failure.
unique_descriptor make_socket(const socket_address& address, const std::string& name);

/// Requests and replies are written whole; waiting for more to send would only delay them.
void set_no_delay(int socket, sa_family_t family);

/// Throws a failure with std::errc::not_supported.
[[noreturn]] void refuse(const endpoint& where, const char* reason);

}  // namespace chunk::net
