// The command line of chunk-dump.
#pragma once

#include "cli/options.hpp"
#include "dump/show.hpp"
#include "dump/tap.hpp"
#include "format/registry.hpp"
#include "format/selection.hpp"

#include <chunk/protocol.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tools::dump {

/// An option that is short for -F with one format.
struct short_option {
  std::string name;
  bool given = false;
};

struct options {
  cli::connection_options connection;
  cli::verbosity verbosity;
  cli::choice choice;
  std::vector<std::string> files;
  std::string protocol;  ///< of --protocol; empty: not given
  std::string side;      ///< of --side; empty: not given
  std::string color = "auto";
  std::string utf8 = "auto";
  std::string timestamps = "none";
  std::size_t width = 0;
  bool no_squeeze = false;
  bool nested = false;
  std::optional<std::string> pattern;             ///< of --template
  const format::output_format* format = nullptr;  ///< of --format
  std::map<const format::output_format*, short_option> short_options;
  show_options show;
  tap_options tap;
};

void add_options(cli::command_line& line, options& out);

/// Sets the defaults that depend on which options were given.
void complete(const cli::command_line& line, options& out);

/// The format that the options ask for.
const format::output_format& format_of(const options& opt);

/// Makes the options of show(). `rules` and `chosen` must outlive the result.
///
/// Throws: failure with status usage
show_options show_options_of(const options& opt, const chunk::protocol& rules,
                             const format::selection& chosen);

}  // namespace tools::dump
