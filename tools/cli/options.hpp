// Options that several tools share, and what their values mean.
#pragma once

#include <chunk/error.hpp>
#include <chunk/id.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/net/tls.hpp>

#include <sys/types.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tools::cli {

/// Reads "512", "64k", "16M" or "1G".
///
/// Units:  k, M and G are powers of 1024
/// Errors: errc::bad_notation
chunk::result<std::uint32_t> parse_size(const std::string& text);

/// What a count is that was not given.
inline constexpr auto no_count = std::numeric_limits<std::uint64_t>::max();

/// Adds an option that takes a decimal number above 0.
void add_count(CLI::App& app, const char* name, std::uint64_t& out, const char* what,
               const char* group);

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

void add_connection_options(CLI::App& app, connection_options& out);

/// Adds --max-chunk; `what` completes its help text.
void add_max_chunk(CLI::App& app, std::uint32_t& out);

struct verbosity {
  bool verbose = false;
  bool quiet = false;
};

/// Adds --verbose, --quiet and --version, and puts --help beside them.
void add_other(CLI::App& app, verbosity& out);

/// Gives a command line's seconds as a span of time.
///
/// Throws: failure with status usage unless finite and not negative
chunk::net::duration to_duration(double seconds, const char* option);

/// The same for a limit, which must be above 0.
chunk::net::duration to_limit(double seconds, const char* option);

/// Gives --timeout, if it was given.
///
/// Throws: failure with status usage unless it is above 0
std::optional<chunk::net::duration> timeout_of(const connection_options& options);

/// Parses the octal mode of a socket file.
mode_t parse_mode(const std::string& text);

/// Which chunks to take.
struct choice {
  std::vector<std::string> only;
  std::vector<std::string> skip;
};

void add_choice(CLI::App& app, choice& out);

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
