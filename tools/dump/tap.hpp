// A tap: passes conversations through and shows both directions.
#pragma once

#include "format/formatter.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/connect.hpp>
#include <chunk/net/duration.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tools::dump {

struct tap_options {
  std::vector<std::string>
      addresses;                      ///< the address to listen on, and that of the upstream server
  std::optional<std::string> record;  ///< file of a script
  format::format_options how;         ///< connection, direction and subject are set by the tap
  std::uint64_t max_chunk = chunk::no_limit;
  chunk::net::duration timeout = chunk::net::connect_timeout;  ///< to connect
  std::string mode = "0600";
  bool keep_alive = true;
  chunk::net::tls_options tls{};  ///< for both sides
  int ready_fd = -1;
  bool verbose = false;
  bool quiet = false;

  bool wanted() const { return !addresses.empty(); }
};

/// Passes connections through until a signal ends the process. Before that, pending output is
/// written as far as standard output accepts it, and the file of a Unix socket is removed.
///
/// Throws: local_failure of standard output and of the first script; failure if it cannot listen
asio::awaitable<int> run_tap(asio::io_context& context, const tap_options& options);

}  // namespace tools::dump
