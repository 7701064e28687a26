// The PROXY protocol, in which a load balancer says whose connection it passes on.
#pragma once

#include <chunk/net/endpoint.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>

#include <optional>

namespace chunk::net {

/// Reads the header of version 2 at the start of a connection, and not a byte more.
///
/// Returns: the client's address; nullopt when the balancer connects on its own behalf, as for a
///          health check, or when the address is neither of IPv4 nor of IPv6
/// Throws:  failure with errc::violation when there is no such header, errc::truncated; as
///          transport::read_some()
/// Source:  HAProxy's proxy-protocol.txt, section 2.2
asio::awaitable<std::optional<endpoint>> receive_proxy_header(transport& from);

}  // namespace chunk::net
