// The PROXY protocol, by which a load balancer tells whose connection it passes on.
#pragma once

#include <chunk/net/endpoint.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>

#include <optional>

namespace chunk::net {

/// Reads the header of version 2 that such a connection begins with, and not a byte more.
///
/// Returns: where the client connects from; nothing when the balancer connects on its own behalf,
/// as
///          for a health check, or from an address that is neither IPv4 nor IPv6
/// Throws:  failure with errc::violation when it is no such header, errc::truncated; as
///          transport::read_some()
/// Source:  HAProxy's proxy-protocol.txt, section 2.2
asio::awaitable<std::optional<endpoint>> receive_proxy_header(transport& from);

}  // namespace chunk::net
