// Why a case failed, with details for its report.
#pragma once

#include "cli/status.hpp"
#include "format/palette.hpp"
#include "script/language/step.hpp"
#include "script/report/difference.hpp"

#include <chunk/error.hpp>
#include <chunk/net/duration.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tools::script {

/// The details of a failure. All texts are plain ASCII.
struct fault {
  int status = 1;        ///< the exit status of a tool that reports it
  std::string reason;    ///< in words, one line
  place where;           ///< of the step
  std::string step;      ///< as it was written
  std::string round;     ///< "round 3 of 10" within repeat, or nothing
  std::string peer;      ///< the connection's name and address
  std::string expected;  ///< in the notation, shortened
  std::string received;  ///< likewise, or what arrived of it
  std::optional<difference> bytes;
  std::optional<std::uint64_t> offset;  ///< in the stream, where what was received begins
  std::optional<chunk::net::duration> waited;
  std::optional<chunk::net::duration> allowed;
  std::vector<std::string> before;  ///< the last steps before it, with their places
  std::vector<std::string> output;  ///< the last lines of the command that failed
};

/// "tests.script:12: expect:ECHO:hi: the payload differs: byte 1 is 6f, not 69"
std::string headline(const fault& what);

/// One thing to know about a failure, and its name. An empty name: it belongs to the one before.
struct detail {
  std::string_view name;
  std::string text;
  const difference* bytes = nullptr;  ///< to be shown below it
};

/// What what was expected and what was received are called.
inline constexpr std::string_view expected_name = "expected";
inline constexpr std::string_view received_name = "received";

/// All other details. They borrow from the fault.
std::vector<detail> details(const fault& what);

/// Details as rows of plain ASCII: `name  text`, and dumps.
std::vector<std::string> to_rows(std::span<const detail> all,
                                 const format::palette& colours = format::no_colours);

/// A step failed.
class step_failure : public cli::status_failure {
 public:
  explicit step_failure(fault what)
      : status_failure(what.status, chunk::error{chunk::errc::violation, headline(what)}),
        what_(std::move(what)) {}
  ~step_failure() override;

  const fault& why() const { return what_; }

 private:
  fault what_;
};

/// A skip-if succeeded.
class skipped : public cli::status_failure {
 public:
  explicit skipped(const std::string& why)
      : status_failure(cli::skipped, chunk::error{chunk::errc::violation, why}) {}
  ~skipped() override;
};

}  // namespace tools::script
