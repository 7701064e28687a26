// Sending one stream to all connected clients.
#pragma once

#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/status.hpp"

#include <chunk/framing.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstdint>
#include <string>

namespace tools::send {

struct fan_out_options {
  bool keep_open = false;      ///< send the stream to every client, not only to one
  std::string slow = "block";  ///< what happens when a reader is too slow: block, drop or cut
  std::uint64_t max_chunk = 0;
  chunk::framing framing{};  ///< of the stream
};

/// Listens, and sends the stream on standard input to all connected clients, to each from the next
/// whole chunk on. Reads the stream only while there is a client.
///
/// Throws: as writer::pass_on(); std::errc::timed_out
/// Source: chunk-send(1), Many readers
asio::awaitable<int> fan_out(asio::io_context& context, const cli::connection_options& connection,
                             const fan_out_options& how, const cli::verbosity& verbosity,
                             cli::progress& counting);

}  // namespace tools::send
