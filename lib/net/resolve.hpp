// Looking host names up. Internal to the library.
#pragma once

#include "socket_address.hpp"

#include <chunk/net/endpoint.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <vector>

namespace chunk::net {

/// Looks a host name up. Any other address needs no look-up.
///
/// Throws: failure with the resolver's code
asio::awaitable<std::vector<socket_address>> resolve(asio::io_context& context,
                                                     const endpoint& where);

/// The same, waiting for the resolver.
std::vector<socket_address> resolve_to_listen(const endpoint& where);

}  // namespace chunk::net
