// Runs a test from the command line: its options, its reports, and its end by a signal.
#pragma once

#include "cli/options.hpp"
#include "cli/status.hpp"
#include "script/language/step.hpp"
#include "send/load.hpp"
#include "send/report.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tools::send {

struct test_options {
  bool check = false;
  bool tap = false;
  bool update = false;
  bool list_cases = false;
  bool strict = false;
  bool sweep = false;
  bool trace = false;
  std::string junit;
  std::vector<std::string> reports;  ///< of --report
  std::string color = "auto";
  std::string only;
  std::uint64_t jobs = 1;
  std::optional<std::uint64_t> seed;
  double speed = 1;  ///< of the times of `at`; 0: without waiting
  std::optional<std::uint64_t> clients;
  std::optional<double> rate;
  std::optional<double> duration;

  bool is_load() const { return clients || rate || duration; }
  /// Says whether a script is a test that could otherwise be a plain conversation.
  bool makes_test() const {
    return has_report() || update || list_cases || jobs > 1 || strict || sweep || !only.empty() ||
           is_load();
  }
  bool has_report() const { return tap || !junit.empty() || !reports.empty(); }

  /// The reports to make.
  ///
  /// Throws: failure with status usage
  std::vector<report_choice> chosen_reports() const;

  /// The colours of what goes to standard error.
  const format::palette& error_colours() const;
};

/// The seed that was given, or a new one.
std::uint64_t seed_of(const test_options& test);

/// Runs the cases of a program, or a load of one of them, and gives the status.
asio::awaitable<int> run_test(asio::io_context& context, const script::program& all,
                              const test_options& test, const cli::connection_options& connection,
                              const cli::verbosity& verbosity, std::uint64_t max_chunk,
                              std::vector<std::string> command_line);

}  // namespace tools::send
