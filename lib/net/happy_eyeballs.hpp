// Connecting to one of several addresses. Internal to the library.
#pragma once

#include "socket_address.hpp"

#include <chunk/net/deadline.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <memory>
#include <vector>

namespace chunk::net {

/// Alternates the addresses of the two families and keeps the order within each.
///
/// Source: RFC 8305, section 4
std::vector<socket_address> interleave(const std::vector<socket_address>& addresses);

/// Connects to whichever of the addresses of `where` accepts first, within `left` of the `timeout`
/// that the user has given. The attempt at the next address starts, beside those under way, when
/// one fails or after 250 ms, or sooner if otherwise the time would not suffice for all. When one
/// has succeeded, the others are closed.
///
/// Shape:  at least one address
/// Throws: failure with the system's code of the most telling failure, naming its address where
///         there are several; std::errc::timed_out when some have not answered at all
/// Source: RFC 8305, section 5
asio::awaitable<std::unique_ptr<transport>> connect_first(asio::io_context& context,
                                                          std::vector<socket_address> addresses,
                                                          endpoint where, duration left,
                                                          duration timeout);

}  // namespace chunk::net
