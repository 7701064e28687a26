// The results of the cases of a test, and reports about them: one table that says what kinds there
// are.
#pragma once

#include "cli/options.hpp"
#include "format/palette.hpp"
#include "io/output.hpp"
#include "script/language/step.hpp"
#include "script/report/fault.hpp"

#include <chunk/error.hpp>
#include <chunk/net/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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

  std::size_t all() const { return passed + failed + skipped; }

  /// "3 passed, 1 failed"
  std::string in_words() const;
};

/// Receives the results of the cases in the order of the cases.
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

/// What a report is made with.
struct report_setup {
  io::output& out;   ///< standard output, which outlives the report
  std::string path;  ///< of its file
  cli::verbosity verbosity;
  const format::palette& colours;  ///< of standard error
};

/// One kind of report.
struct report_kind {
  std::string_view name;
  std::string_view help;      ///< what it is, in a few words
  bool has_file = false;      ///< goes to a file, beside the report on a standard stream
  bool takes_stdout = false;  ///< what steps print is a part of it
  /// Throws: local_failure if its file cannot be created, before any case is run
  std::unique_ptr<report> (*make)(const report_setup& how);
};

/// Failures and totals on standard error: with --verbose every case, with --quiet no totals.
extern const report_kind text_report_kind;

/// TAP version 13 on standard output. Source: testanything.org
extern const report_kind tap_report_kind;

/// A file of JUnit XML.
extern const report_kind junit_report_kind;

/// A page for a browser.
extern const report_kind html_report_kind;

/// A report that was asked for.
struct report_choice {
  const report_kind* kind = nullptr;
  std::string path;  ///< empty: it has no file
};

/// Reads "tap", "junit:FILE" and so on.
///
/// Errors: errc::bad_notation
chunk::result<report_choice> parse_report(std::string_view text);

/// The reports that were asked for, each once, and the text report unless another one takes its
/// place.
///
/// Throws: failure with status usage where two of them have the same file
std::vector<report_choice> complete(std::vector<report_choice> chosen);

/// A time as a number of seconds.
double seconds(chunk::net::duration span);

/// What explains a failure: the case, the details of the fault, and the command to run the case
/// again. It borrows from the result.
std::vector<script::detail> explanation(const case_result& one);

/// Prints a failure and what explains it on standard error.
void print_failure(const case_result& one, const format::palette& colours);

/// Escapes text for XML and HTML, as plain ASCII.
std::string markup(std::string_view text);

}  // namespace tools::send
