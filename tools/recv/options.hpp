// The command line of chunk-recv.
#pragma once

#include "cli/options.hpp"
#include "cli/status.hpp"
#include "format/index_range.hpp"
#include "format/registry.hpp"
#include "io/output.hpp"
#include "recv/exec_sink.hpp"
#include "recv/sink.hpp"

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tools::recv {

struct options {
  cli::connection_options connection;
  bool keep_open = false;
  cli::choice choice;
  format::index_range range;  ///< of --index
  cli::verbosity verbosity;
  const format::output_format* format = nullptr;  ///< of --format
  std::optional<std::string> pattern;             ///< of --template
  bool nested = false;
  std::string delimiter;  ///< as given, with % escapes
  std::optional<std::string> split;
  bool sync = false;
  std::optional<std::string> exec;
  std::uint64_t jobs = 1;
  bool unordered = false;
  bool fail_fast = false;
  std::string protocol;  ///< of --protocol; empty: not given
  std::string side;      ///< of --side; empty: not given
  std::uint64_t count = cli::no_count;
  std::uint64_t max_chunk = chunk::no_limit;
  std::uint64_t spool_max = 1024 * 1024 * 1024;
  bool progress = false;
};

void add_options(cli::command_line& line, options& out);

/// Says whether chunks are written to standard output as a stream, not to files or commands.
inline bool makes_stream(const options& from) {
  return !from.split && !from.exec;
}

/// The format that the options ask for.
const format::output_format& format_of(const options& from);

/// Makes the sink that the options ask for. `how` has the rules and the template. `context`, these
/// rules and `out` must outlive the sink.
///
/// Throws: failure with status usage; local_failure
std::unique_ptr<sink> make_sink(asio::io_context& context, const options& from,
                                format::format_options how, io::output& out);

}  // namespace tools::recv
