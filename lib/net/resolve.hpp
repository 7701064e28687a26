// Looking host names up. Internal to the library.
#pragma once

#include "socket_address.hpp"

#include <chunk/net/endpoint.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <vector>

namespace chunk::net {

/// Looks up the addresses of a host without blocking the thread. An IP address needs no look-up.
///
/// Shape:  `where` is of a scheme with a host and a port
///
/// Throws: failure with the resolver's code
asio::awaitable<std::vector<socket_address>> resolve(asio::io_context& context,
                                                     const endpoint& where);

/// Looks up the addresses to listen on; blocks while the resolver works.
///
/// Throws: failure with the resolver's code
std::vector<socket_address> resolve_to_listen(const endpoint& where);

}  // namespace chunk::net
