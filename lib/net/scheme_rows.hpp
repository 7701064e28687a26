// The rows of the table of schemes, and what several of them share. Internal to the library.
#pragma once

#include "socket_address.hpp"
#include "socket_file.hpp"

#include <chunk/error.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/scheme.hpp>
#include <chunk/net/unique_descriptor.hpp>

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace chunk::net {

extern const scheme unix_scheme;
extern const scheme abstract_scheme;
extern const scheme tcp_scheme;
extern const scheme tls_scheme;
extern const scheme vsock_scheme;
extern const scheme fd_scheme;
extern const scheme stdio_scheme;

/// A listening socket, as scheme::listen() opens it.
struct bound_socket {
  unique_descriptor socket;
  endpoint local;                     ///< the address bound, with the port that the system chose
  std::optional<socket_file> file{};  ///< of a Unix socket
};

/// An error that quotes the whole address and says what is wrong with it.
tl::unexpected<error> bad_address(std::string_view whole, std::string_view reason);

/// Reads a decimal number without a sign. nullopt: it is none, or does not fit.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || stop != end) return std::nullopt;
  return value;
}

/// The address that a socket is bound to. `where` is what it is called if no scheme knows that.
endpoint local_address(int socket, const endpoint& where);

/// Binds the socket to `address` and listens on it.
///
/// Throws: failure with the system's code, about `where`
bound_socket bind_and_listen(unique_descriptor socket, const endpoint& where,
                             const socket_address& address);

}  // namespace chunk::net
