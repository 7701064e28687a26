// Checks whether a server answers.
#pragma once

#include "cli/options.hpp"
#include "cli/status.hpp"

#include <chunk/protocol.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstdint>

namespace tools::send {

/// Connects and, where the protocol has a NOOP or is not known, sends one and awaits the reply.
/// Under --verbose it tells how long that took.
///
/// Throws: as cli::connector::open(); failure with std::errc::timed_out without a reply in time,
///         errc::truncated, errc::too_large; cli::status_failure for an end of the connection and
///         for a reply that is none to NOOP
asio::awaitable<int> probe(asio::io_context& context, const cli::connection_options& connection,
                           const chunk::protocol& rules, std::uint64_t max_chunk, bool verbose);

}  // namespace tools::send
