// Runs a session of chunk-send: its peer, its lines and its signals.
#pragma once

#include "script/language/step.hpp"
#include "send/options.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

namespace tools::send {

/// Says whether to hold a session: if --interactive was given, or if there is nothing to send but
/// what somebody types at a terminal, and replies go to that as well.
bool wants_session(const options& opt);

/// Holds a session.
///
/// Returns: the exit status
asio::awaitable<int> run_session(asio::io_context& context, const options& opt,
                                 script::shared_protocol rules);

}  // namespace tools::send
