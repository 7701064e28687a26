// A tap: passes conversations through and shows both directions.
#pragma once

#include "format/formatter.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/connect.hpp>
#include <chunk/net/deadline.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tools::dump {

struct tap_options {
  std::vector<std::string> addresses;  ///< where to listen, and where to connect to
  std::optional<std::string> record;   ///< file of a script
  format::format_options how;          ///< connection, direction and subject are the tap's
  std::uint32_t max_chunk = chunk::max_length;
  chunk::net::duration timeout = chunk::net::connect_timeout;  ///< to connect
  std::string mode = "0600";
  chunk::net::tls_options tls{};  ///< of either side
  int ready_fd = -1;
  bool verbose = false;
  bool quiet = false;

  bool wanted() const { return !addresses.empty(); }
};

/// Passes connections through until a signal ends the process. What the formatters were given so
/// far is then written as far as standard output takes it, and the file of a Unix socket removed.
///
/// Throws: local_failure of standard output and of the first script; failure when it cannot listen
asio::awaitable<int> run_tap(asio::io_context& context, const tap_options& options);

}  // namespace tools::dump
