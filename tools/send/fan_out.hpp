// One stream for every client that is connected.
#pragma once

#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/status.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstdint>
#include <string>

namespace tools::send {

struct fan_out_options {
  bool keep_open = false;      ///< hand the stream to every client, not to one
  std::string slow = "block";  ///< what becomes of a reader that is too slow: block, drop or cut
  std::uint32_t max_chunk = 0;
};

/// Listens, and passes the stream on standard input on to all clients that are there, each from the
/// next whole chunk on. Reads it only while there is one.
///
/// Throws: as writer::pass_on(); std::errc::timed_out
/// Source: chunk-send(1), Many readers
asio::awaitable<int> fan_out(asio::io_context& context, const cli::connection_options& connection,
                             const fan_out_options& how, const cli::verbosity& verbosity,
                             cli::progress& counting);

}  // namespace tools::send
