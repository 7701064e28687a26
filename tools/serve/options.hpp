// The command line of chunk-serve.
#pragma once

#include "cli/options.hpp"
#include "serve/built_in.hpp"
#include "serve/handler_options.hpp"
#include "serve/log.hpp"

#include <chunk/net/access.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/session/server.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tools::serve {

struct options {
  std::vector<std::string> addresses;
  cli::verbosity verbosity;
  std::string protocol{all_built_in().front().protocol};
  bool has_protocol = false;                       ///< --protocol was given
  std::shared_ptr<const chunk::protocol> rules{};  ///< set by complete()
  std::optional<std::string> script;
  handler_options handlers;
  std::optional<std::string> metrics;  ///< address of the metrics page
  std::string mode = "0600";
  int ready_fd = -1;
  bool keep_alive = true;
  bool allow_shutdown = false;
  std::vector<std::string> proxy_from;
  chunk::net::tls_options tls{};
  std::string log_format = "logfmt";

  std::uint64_t max_chunk = chunk::session::server_options{}.max_payload;
  bool limits_chunk = false;  ///< --max-chunk was given
  std::uint64_t max_connections = chunk::session::server_options{}.max_connections;
  std::uint64_t max_per_peer = chunk::session::server_options{}.max_per_peer;
  double handshake_seconds = 10;
  double idle_seconds = 60;
  double request_seconds = 10;
  std::uint64_t least_rate = 1024;
  double handler_seconds = 60;
  double write_seconds = 30;
  double drain_seconds = 10;

  std::vector<chunk::net::access_rule> access{};  ///< in the order of the command line
};

void add_options(cli::command_line& line, options& out);

/// Sets what depends on the order of the options, or on which of them were given.
///
/// Throws: failure with status usage
void complete(const cli::command_line& line, options& out);

/// Makes the limits and access rules of the server.
///
/// Throws: failure with status usage
chunk::session::server_options limits(const options& from);

/// Makes the record of the log that lists all settings in use.
record describe(const options& from, const chunk::session::server_options& limits);

/// The lowest level of record that is logged.
level least_level(const cli::verbosity& how);

}  // namespace tools::serve
