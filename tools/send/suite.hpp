// The cases of a test, one after another.
#pragma once

#include "script/language/step.hpp"
#include "script/player/player.hpp"
#include "send/report.hpp"

#include <chunk/session/chunk_reader.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tools::send {

struct suite_options {
  script::opener open{};  ///< empty: only the script names addresses
  chunk::net::duration timeout{};
  chunk::net::tls_options tls{};  ///< for the addresses in scripts
  chunk::session::reader_options limits{};
  bool strict = false;     ///< what no step examined is a failure
  bool sweep = false;      ///< each case once for each place to split what it writes
  std::string only{};      ///< the name or the number of the only case
  std::uint64_t seed = 0;  ///< of random:N
  std::uint64_t jobs = 1;  ///< scripts that run at the same time
  double speed = 1;        ///< of the times of `at`
  script::trace* trace = nullptr;
  script::updates* updates = nullptr;       ///< nullptr: failing expectations are failures
  std::vector<std::string> command_line{};  ///< to be repeated for one case
};

/// A case that was chosen, and the script that it is from.
struct chosen {
  const script::unit* from = nullptr;
  const script::test_case* what = nullptr;
  std::size_t number = 0;  ///< among all cases, from 1
};

/// Gives the cases to run.
///
/// Throws: failure with status usage where none has the name or the number `only`
std::vector<chosen> choose_cases(const script::program& all, const std::string& only);

/// The state prepared by the setup of a script, until this is destroyed.
class preparation {
 public:
  preparation(asio::io_context& context, const script::program& all, const suite_options& how,
              script::printer* out);

  /// Performs the setup.
  ///
  /// Throws: step_failure, skipped
  asio::awaitable<void> perform(const script::unit& from);

  /// What a case begins with.
  const script::player_setup& setup() const { return setup_; }

  script::commands& children() { return children_; }

 private:
  script::commands children_;
  script::player_setup setup_;
};

/// What each case can be chosen by: its name, or its number if the name would choose others as well
/// or is not printable.
std::vector<std::string> choices_of_cases(const script::program& all);

/// Runs the cases of a program and reports on them. Scripts may run at the same time; what is told
/// of them comes in their order, each as a whole.
class suite {
 public:
  /// The arguments have to outlive the suite.
  suite(asio::io_context& context, const script::program& all, suite_options how,
        script::printer& out, std::vector<std::unique_ptr<report>> reports);
  ~suite();

  /// Gives the status of the first failure, or status skipped where nothing else was done.
  asio::awaitable<int> run();

  /// Ends everything, and reports on what was done; `why` says what has interrupted it.
  void interrupt(const std::string& why);

 private:
  class one_run;
  class script_run;

  void divide(const std::vector<chosen>& cases);
  asio::awaitable<void> run_scripts();
  asio::awaitable<void> run_all();
  asio::awaitable<void> run_unit(script_run& of);
  asio::awaitable<case_result> run_case(const chosen& one, script_run& of);
  asio::awaitable<case_result> run_once(const chosen& one, script_run& of, std::uint64_t split_at,
                                        std::uint64_t& written);
  asio::awaitable<case_result> sweep(const chosen& one, script_run& of);
  case_result begin(const chosen& one) const;
  void tell(script_run& of, std::function<void()> what);
  void tell_next();
  void tell_rest();
  void add(const case_result& one);
  void end_reports(const std::function<void(report&)>& end);
  void note_left(const script::player& by, chunk::net::duration limit, case_result& out) const;
  std::string again(const chosen& one) const;

  asio::io_context& context_;
  const script::program& all_;
  suite_options how_;
  script::printer& out_;
  std::vector<std::unique_ptr<report>> reports_;
  std::vector<std::unique_ptr<script_run>> scripts_;  // in order
  std::size_t begun_ = 0;                             // of the scripts
  std::size_t told_ = 0;                              // of them, those told of as a whole
  std::exception_ptr broken_;                         // why no further case is run
  std::string broken_in_;                             // the case, for the reports
  totals totals_;
  std::optional<int> first_status_;
};

}  // namespace tools::send
