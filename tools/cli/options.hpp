// Options that several tools share, and what their values mean.
#pragma once

#include "cli/values.hpp"

#include <chunk/id.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/net/tls.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tools::cli {

class command_line;

/// Where a tool reads and writes besides its standard streams.
struct connection_options {
  std::string connect;
  std::string listen;
  std::optional<double> timeout_seconds;
  std::optional<double> retry_seconds;  ///< of --retry
  std::string mode = "0600";
  int ready_fd = -1;
  chunk::net::tls_options tls{};

  bool connected() const { return !connect.empty() || !listen.empty(); }
};

void add_connection_options(command_line& line, connection_options& out);

/// Adds --max-chunk; `what` completes its help text.
void add_max_chunk(command_line& line, std::uint32_t& out);

struct verbosity {
  bool verbose = false;
  bool quiet = false;
};

/// Adds --verbose, --quiet and --version, and puts --help beside them.
void add_other(command_line& line, verbosity& out);

/// Gives --timeout, if it was given.
///
/// Throws: failure with status usage unless it is above 0
std::optional<chunk::net::duration> timeout_of(const connection_options& options);

/// Which chunks to take.
struct choice {
  std::vector<std::string> only;
  std::vector<std::string> skip;
};

void add_choice(command_line& line, choice& out);

/// A choice, ready to be asked for each chunk.
class chooser {
 public:
  /// Throws: failure with errc::bad_id
  explicit chooser(const choice& from);

  bool takes(const chunk::id& id) const;

 private:
  std::vector<chunk::id> only_;
  std::vector<chunk::id> skip_;
};

}  // namespace tools::cli
