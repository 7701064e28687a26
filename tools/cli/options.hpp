// Options that several tools share.
#pragma once

#include "cli/values.hpp"

#include <chunk/net/duration.hpp>
#include <chunk/net/tls.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tools::cli {

class command_line;
class option_group;

/// Where a tool reads and writes besides its standard streams.
struct connection_options {
  std::string connect;
  std::string listen;
  std::optional<double> timeout_seconds;
  std::optional<double> retry_seconds;
  std::string mode = "0600";
  int ready_fd = -1;
  std::optional<bool> keep_alive{};  ///< nullopt: on for accepted connections, off for --connect
  chunk::net::tls_options tls{};

  bool connected() const { return !connect.empty() || !listen.empty(); }
};

void add_connection_options(command_line& line, connection_options& out);

/// Has the help say what an address is.
void explain_addresses(command_line& line);

/// Adds --keepalive to a group; `set` is given its value.
void add_keep_alive(const option_group& group, std::function<void(bool)> set);

/// Adds --max-chunk.
void add_max_chunk(command_line& line, std::uint64_t& out);

struct verbosity {
  bool verbose = false;
  bool quiet = false;
};

/// Adds --verbose, --quiet, --version and --help.
void add_other(command_line& line, verbosity& out);

/// Limits the time that reading files before anything else takes, as --timeout says.
void limit_reading(const connection_options& options);

/// The value of --timeout.
///
/// Returns: nullopt if it was not given
/// Throws:  failure with status usage unless it is above 0
std::optional<chunk::net::duration> timeout_of(const connection_options& options);

/// The values of --only and --skip.
struct choice {
  std::vector<std::string> only;
  std::vector<std::string> skip;
};

/// Adds --only and --skip.
void add_choice(command_line& line, choice& out);

}  // namespace tools::cli
