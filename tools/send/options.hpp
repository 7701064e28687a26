// The command line of chunk-send.
#pragma once

#include "cli/options.hpp"
#include "format/registry.hpp"
#include "send/fan_out.hpp"
#include "send/test_run.hpp"
#include "send/writer.hpp"

#include <chunk/framing.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tools::send {

struct options {
  cli::connection_options connection;
  cli::verbosity verbosity;
  test_options test;
  fan_out_options many;
  std::vector<std::string> actions;
  std::vector<std::string> scripts;
  std::vector<std::string> command_line;
  std::string from = "raw";
  const format::output_format* format = nullptr;  ///< of --format
  std::string protocol;                           ///< of --protocol; empty: not given
  std::string side;                               ///< of --side; empty: not given
  std::uint64_t count = cli::no_count;
  std::uint64_t max_chunk = chunk::no_limit;
  bool probe = false;
  bool interactive = false;
  bool list_actions = false;
  bool progress = false;

  form input_form() const { return from == "json" ? form::json : form::raw; }
  bool has_steps() const { return !actions.empty() || !scripts.empty() || from == "text"; }
};

void add_options(cli::command_line& line, options& out);

}  // namespace tools::send
