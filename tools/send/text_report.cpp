#include "cli/status.hpp"
#include "script/language/words.hpp"
#include "send/report.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <errno.h>

namespace tools::send {
namespace {

/// The same line as of cli::remark(), in a colour.
std::string remark_in(const std::string& text, const format::palette& from,
                      std::string_view colour) {
  std::string line = fmt::format("{}: ", program_invocation_short_name);
  append_in(line, from, colour, chunk::quoted(text));
  return line;
}

void tell(const std::string& text, const format::palette& from, std::string_view colour) {
  cli::print_line(remark_in(text, from, colour));
}

class text_report final : public report {
 public:
  explicit text_report(const report_setup& how) : how_(how.verbosity), colours_(how.colours) {}

  void begin(std::size_t) override {}

  void add(const case_result& one) override {
    for (const auto& each : one.remarks) {
      const bool alone = one.again.empty();
      if (!how_.quiet) cli::remark(alone ? each : fmt::format("{}: {}", one.name, each));
    }
    if (one.fault) {
      print_failure(one, colours_);
    } else if (one.skipped && how_.verbose) {
      tell(fmt::format("skipped {} {}: {}", one.number, one.name, *one.skipped), colours_,
           colours_.mark);
    } else if (how_.verbose) {
      tell(fmt::format("passed {} {} ({})", one.number, one.name, script::measured(one.took)),
           colours_, colours_.expected);
    }
  }

  void end(const totals& all, const std::string& interruption) override {
    if (!interruption.empty()) {
      tell(fmt::format("{}: {}", interruption, all.in_words()), colours_, colours_.fault);
    } else if (!how_.quiet) {
      tell(all.in_words(), colours_, all.failed > 0 ? colours_.fault : colours_.expected);
    }
  }

  void fail(const totals&, const std::string&) override {}

 private:
  cli::verbosity how_;
  const format::palette& colours_;
};

std::unique_ptr<report> make_text_report(const report_setup& how) {
  return std::make_unique<text_report>(how);
}

}  // namespace

void print_failure(const case_result& one, const format::palette& colours) {
  auto text = remark_in(headline(*one.fault), colours, colours.fault);
  for (const auto& row : to_rows(explanation(one), colours)) text += "\n  " + row;
  cli::print_line(text);
}

const report_kind text_report_kind{
    .name = "text",
    .help = "failures and totals, on standard error",
    .make = make_text_report,
};

}  // namespace tools::send
