// What the tools share: statuses, running and failing, option groups, reaching a peer.
#pragma once

#include <chunk/error.hpp>
#include <chunk/id.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/net/transport.hpp>

#include <CLI/App.hpp>
#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cli {

/// Exit statuses. Source: chunk-send(1), EXIT STATUS
enum status : int {
  success = 0,
  negative = 1,    ///< ran, and the answer is no
  usage = 2,       ///< wrong command line or script
  connection = 3,  ///< cannot connect, listen or resolve; lost
  deadline = 4,    ///< took too long
  format = 5,      ///< the stream is broken
  local = 6,       ///< local input or output failed
  skipped = 77,    ///< a script was skipped
};

/// A failure that says itself which status the tool ends with.
class outcome : public chunk::failure {
 public:
  outcome(int status, chunk::error what) : failure(std::move(what)), status_(status) {}
  ~outcome() override;

  int status() const { return status_; }

 private:
  int status_;
};

/// Parses the command line, does `work` and turns whatever comes of it into an exit status and one
/// line on standard error. The only place that does.
int run(CLI::App& app, int argc, char** argv, const std::function<int(asio::io_context&)>& work);

/// Runs a coroutine to its end and gives its status.
int run(asio::io_context& context, asio::awaitable<int> work);

/// Prints "<tool>: <text>" on standard error.
void remark(const std::string& text);

/// Prints lines that belong to the last remark, indented.
void explain(std::span<const std::string> lines);

/// The status that a failure ends a tool with.
int status_of(const chunk::failure& reason);

/// Ends the process as the reader of its output expects when it goes away: quietly, by SIGPIPE.
[[noreturn]] void end_by_broken_pipe();

/// A mistake in the command line, found after parsing.
chunk::failure wrong_usage(const std::string& text);

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
  chunk::tls_options tls{};

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
chunk::duration to_duration(double seconds, const char* option);

/// The same for a limit, which must be above 0.
chunk::duration to_limit(double seconds, const char* option);

/// Says whether nohup or a shell had us ignore a signal, so that it stays ignored.
bool is_ignored(int signal);

/// Gives --timeout, if it was given.
///
/// Throws: failure with status usage unless it is above 0
std::optional<chunk::duration> timeout_of(const connection_options& options);

/// Connects, or listens for one connection, as the options say and within --timeout; until --retry
/// is over it tries to connect again. A socket file made for listening is gone when this returns.
asio::awaitable<std::unique_ptr<chunk::transport>> reach_peer(asio::io_context& context,
                                                              const connection_options& options,
                                                              bool verbose);

/// The peer's address, and who it is where the kernel tells.
std::string show_peer(const chunk::transport& link);

/// Ends the process by a signal that is not ignored, after `clean_up`, unless it is destroyed
/// first.
class interruption {
 public:
  /// `clean_up` is given the signal.
  interruption(asio::io_context& context, std::function<void(int)> clean_up);

 private:
  asio::signal_set signals_;
};

/// Parses the octal mode of a socket file.
mode_t parse_mode(const std::string& text);

/// Writes an address and a line feed to `descriptor`, unless it is negative.
void announce_ready(int descriptor, const chunk::endpoint& where);

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

}  // namespace cli
