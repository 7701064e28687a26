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

/// Connects to `where`. All addresses of a host name are tried within one deadline, the two
/// families in turns: each beside those before it, which have 250 ms to answer first, or less where
/// there are many. The first one that takes the connection is it. At a `tls:` address the handshake
/// is part of it, by the rules of `tls`, a client's context, or without one by those of a default
/// tls_options.
///
/// Throws: failure with the resolver's code, or with the system's of the address that tells most,
///         which the detail names where there are several; std::errc::timed_out; at a `tls:`
///         address as tls_stream::handshake()
/// Source: RFC 8305
asio::awaitable<std::unique_ptr<transport>> connect(asio::io_context& context, endpoint where,
                                                    duration timeout = connect_timeout,
                                                    std::shared_ptr<tls_context> tls = {});

}  // namespace chunk::net
