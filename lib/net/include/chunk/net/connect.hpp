// Connecting by address.
#pragma once

#include <chunk/net/deadline.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <memory>

namespace chunk::net {

/// The time to resolve a name and to connect; from chunk-send(1), chosen.
inline constexpr duration connect_timeout = std::chrono::seconds(5);

/// Connects to `where` as its scheme does, within `timeout`.
///
/// All addresses of a host name are tried, IPv6 and IPv4 in turns: the attempt at the next one
/// starts when one fails, or after 250 ms, or sooner where there are many. Whichever accepts first
/// is used. At a `tls:` address the handshake is included, by the rules of the client's context
/// `tls`, or of a default tls_options without one.
///
/// Throws: failure with the resolver's code, or with the system's code of the most telling failure,
///         whose address the detail names where there are several; std::errc::timed_out; at a
///         `tls:` address as tls_stream::handshake()
/// Source: RFC 8305
asio::awaitable<std::unique_ptr<transport>> connect(asio::io_context& context, endpoint where,
                                                    duration timeout = connect_timeout,
                                                    std::shared_ptr<tls_context> tls = {});

}  // namespace chunk::net
