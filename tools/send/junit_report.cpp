#include "io/replaced_file.hpp"
#include "send/report.hpp"

#include <fmt/core.h>

#include <iterator>
#include <string>

namespace tools::send {
namespace {

/// Collects the results, since the head of the document has their counts.
class junit_report final : public report {
 public:
  explicit junit_report(const std::string& path) : file_(path) {}

  void begin(std::size_t) override {}

  void add(const case_result& one) override {
    took_ += one.took;
    auto out = std::back_inserter(cases_);
    fmt::format_to(out, "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.6f}\"",
                   markup(one.suite), markup(one.name), seconds(one.took));
    const bool empty = !one.fault && !one.skipped && one.remarks.empty();
    cases_ += empty ? "/>\n" : ">\n";
    if (one.fault) {
      fmt::format_to(out, "      <failure type=\"status {}\" message=\"{}\">", one.fault->status,
                     markup(headline(*one.fault)));
      for (const auto& row : to_rows(explanation(one))) cases_ += markup(row) + '\n';
      cases_ += "</failure>\n";
    }
    if (one.skipped) fmt::format_to(out, "      <skipped message=\"{}\"/>\n", markup(*one.skipped));
    for (const auto& each : one.remarks) {
      fmt::format_to(out, "      <system-out>{}</system-out>\n", markup(each));
    }
    if (!empty) cases_ += "    </testcase>\n";
  }

  void end(const totals& all, const std::string& interruption) override {
    auto counts = fmt::format(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.6f}\"", all.all(),
        all.failed, interruption.empty() ? 0 : 1, all.skipped, seconds(took_));
    auto text = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {0}>\n"
        "  <testsuite name=\"chunk-send\" {0}>\n{1}",
        counts, cases_);
    if (!interruption.empty())
      text += fmt::format("    <system-err>{}</system-err>\n", markup(interruption));
    file_.write(text + "  </testsuite>\n</testsuites>\n");
  }

 private:
  io::replaced_file file_;
  std::string cases_;
  chunk::net::duration took_{};
};

std::unique_ptr<report> make_junit_report(const report_setup& how) {
  return std::make_unique<junit_report>(how.path);
}

}  // namespace

const report_kind junit_report_kind{
    .name = "junit",
    .help = "JUnit XML, in a file",
    .has_file = true,
    .make = make_junit_report,
};

}  // namespace tools::send
