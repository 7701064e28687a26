#include "send/report.hpp"

#include "cli/status.hpp"
#include "script/language/words.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <iterator>

namespace tools::send {
namespace {

class text_report final : public report {
 public:
  text_report(bool verbose, bool quiet) : verbose_(verbose), quiet_(quiet) {}

  void begin(std::size_t) override {}

  void add(const case_result& one) override {
    for (const auto& each : one.remarks) {
      const bool alone = one.again.empty();
      if (!quiet_) cli::remark(alone ? each : fmt::format("{}: {}", one.name, each));
    }
    if (one.fault) {
      cli::remark(headline(*one.fault));
      cli::explain(explanation(one));
    } else if (one.skipped && verbose_) {
      cli::remark(fmt::format("skipped {} {}: {}", one.number, one.name, *one.skipped));
    } else if (verbose_) {
      cli::remark(
          fmt::format("passed {} {} ({})", one.number, one.name, script::measured(one.took)));
    }
  }

  void end(const totals& all, const std::string& interruption) override {
    if (!interruption.empty()) {
      cli::remark(fmt::format("{}: {}", interruption, all.in_words()));
    } else if (!quiet_) {
      cli::remark(all.in_words());
    }
  }

  void fail(const totals&, const std::string&) override {}

 private:
  bool verbose_;
  bool quiet_;
};

}  // namespace

report::~report() = default;

double seconds(chunk::net::duration span) {
  return std::chrono::duration<double>(span).count();
}

std::string totals::in_words() const {
  auto out = fmt::format("{} passed", passed);
  if (failed > 0) fmt::format_to(std::back_inserter(out), ", {} failed", failed);
  if (skipped > 0) fmt::format_to(std::back_inserter(out), ", {} skipped", skipped);
  return out;
}

std::vector<std::string> explanation(const case_result& one) {
  auto rows = details(*one.fault);
  if (one.seed) rows.push_back(fmt::format("{:<10}{}", "seed", *one.seed));
  if (one.again.empty()) return rows;
  rows.insert(rows.begin(), fmt::format("{:<10}{} {}", "case", one.number, one.name));
  rows.push_back(fmt::format("{:<10}{}", "again", one.again));
  return rows;
}

std::unique_ptr<report> make_text_report(bool verbose, bool quiet) {
  return std::make_unique<text_report>(verbose, quiet);
}

}  // namespace tools::send
