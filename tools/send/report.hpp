// The results of the cases of a test, and reports about them in several formats.
#pragma once

#include "io/output.hpp"
#include "script/language/step.hpp"
#include "script/report/fault.hpp"

#include <chunk/net/deadline.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tools::send {

/// The result of one case.
struct case_result {
  std::size_t number = 0;  ///< among all cases, from 1
  std::string suite;       ///< the script
  std::string name;
  std::optional<script::fault> fault;
  std::optional<std::string> skipped;  ///< why it was skipped
  std::vector<std::string> remarks;
  std::optional<std::uint64_t> seed;  ///< of the random bytes, if the script uses any
  std::string again;                  ///< the command that runs only this case
  chunk::net::duration took{};
};

struct totals {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;

  /// "3 passed, 1 failed"
  std::string in_words() const;
};

/// Receives the results of the cases as they end.
class report {
 public:
  virtual ~report();
  virtual void begin(std::size_t cases) = 0;
  virtual void add(const case_result& one) = 0;

  /// Ends the report. `interruption` is the reason why not all cases were run, or empty.
  virtual void end(const totals& all, const std::string& interruption) = 0;

  /// Ends the report after a failure of this side, which is told on standard error in any case.
  virtual void fail(const totals& all, const std::string& reason) { end(all, reason); }
};

/// Reports failures and totals on standard error: with `verbose` every case, with `quiet` no
/// totals.
std::unique_ptr<report> make_text_report(bool verbose, bool quiet);

/// Writes TAP version 13 to standard output by `out`, which outlives it. Source: testanything.org
std::unique_ptr<report> make_tap_report(io::output& out);

/// Writes a file of JUnit XML at the end.
///
/// Throws: local_failure if the file cannot be created, before any case is run
std::unique_ptr<report> make_junit_report(const std::string& path);

/// A time as a number of seconds.
double seconds(chunk::net::duration span);

/// The rows that explain a failure: the case, the details of the fault, and the command to run the
/// case again.
std::vector<std::string> explanation(const case_result& one);

}  // namespace tools::send
