// How a player opens connections.
#pragma once

#include "script/player/stage.hpp"

#include <chunk/net/duration.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>

namespace tools::script {

/// The pause between two attempts to connect to a server that is starting. Chosen.
inline constexpr auto retry_pause = std::chrono::milliseconds(10);

/// Says whether connecting failed because nothing listens there yet.
bool is_too_early(const std::error_code& why);

/// Connects to an address of the script.
///
/// Throws: chunk::failure, as chunk::net::connect()
asio::awaitable<std::unique_ptr<chunk::net::transport>> connect_to(stage& by, std::string address,
                                                                   chunk::net::duration limit);

/// Opens a connection. Retries if a server was started that may not listen yet.
///
/// Throws: step_failure if there is no address; chunk::failure
asio::awaitable<void> open_connection(stage& by, std::size_t which);

}  // namespace tools::script
