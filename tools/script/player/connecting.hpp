// How a player opens connections.
#pragma once

#include "script/player/stage.hpp"

#include <chunk/net/deadline.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>

namespace tools::script {

/// Chosen: how often to look whether somebody listens by now.
inline constexpr auto retry_pause = std::chrono::milliseconds(10);

/// Says whether connecting failed because nobody listens there, as yet.
bool is_too_early(const std::error_code& why);

/// Connects to an address of the script.
///
/// Throws: chunk::failure, as chunk::net::connect()
asio::awaitable<std::unique_ptr<chunk::net::transport>> connect_to(stage& by, std::string address,
                                                                   chunk::net::duration limit);

/// Opens a connection. Where a server was started that may not listen yet, it is tried again.
///
/// Throws: step_failure where there is no address; chunk::failure
asio::awaitable<void> open_connection(stage& by, std::size_t which);

}  // namespace tools::script
