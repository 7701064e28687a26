// What becomes of the cases of a test, and the forms in which it is told.
#pragma once

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

/// How one case came out.
struct case_result {
  std::size_t number = 0;  ///< among all cases, from 1
  std::string suite;       ///< the script
  std::string name;
  std::optional<script::fault> fault;
  std::optional<std::string> skipped;  ///< why
  std::vector<std::string> remarks;
  std::optional<std::uint64_t> seed;  ///< of the random bytes, if there are any
  std::string again;                  ///< the command that runs just this case
  chunk::net::duration took{};
};

struct totals {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;

  /// "3 passed, 1 failed"
  std::string in_words() const;
};

/// Is told of the cases as they come.
class report {
 public:
  virtual ~report();
  virtual void begin(std::size_t cases) = 0;
  virtual void add(const case_result& one) = 0;
  /// `interruption` says why not all cases were run; empty: all were.
  virtual void end(const totals& all, const std::string& interruption) = 0;
};

/// Failures and a total on standard error; `verbose` tells of every case, `quiet` of no total.
std::unique_ptr<report> make_text_report(bool verbose, bool quiet);

/// TAP 13 on standard output. Source: testanything.org
std::unique_ptr<report> make_tap_report();

/// A file of JUnit's form, written when all is done.
///
/// Throws: local_failure where it cannot be written; at once, so that nothing is run in vain
std::unique_ptr<report> make_junit_report(const std::string& path);

/// The rows that explain a failure: case, all that the fault tells, and the command.
std::vector<std::string> explanation(const case_result& one);

}  // namespace tools::send
