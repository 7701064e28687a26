#include "io/output.hpp"
#include "send/report.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

namespace tools::send {
namespace {

/// Escapes a name, so that no part of it is read as a TAP directive.
std::string plain_name(const std::string& name) {
  constexpr chunk::escape_set special{"#\\"};
  return chunk::escaped(std::as_bytes(std::span(name)), special);
}

/// Quotes a string for YAML. `text` has to be ASCII.
std::string quoted_scalar(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

class tap_report final : public report {
 public:
  explicit tap_report(io::output& out) : out_(out) {}

  void begin(std::size_t cases) override { write(fmt::format("TAP version 13\n1..{}\n", cases)); }

  void add(const case_result& one) override {
    std::string text;
    for (const auto& each : one.remarks) text += "# " + chunk::quoted(each) + '\n';
    text += fmt::format("{}ok {} - {}", one.fault ? "not " : "", ++count_, plain_name(one.name));
    if (one.skipped) text += " # SKIP " + plain_name(*one.skipped);
    text += '\n';
    if (one.fault) {
      text += fmt::format("  ---\n  message: {}\n  status: {}\n  details:\n",
                          quoted_scalar(chunk::quoted(headline(*one.fault))), one.fault->status);
      for (const auto& row : to_rows(explanation(one))) {
        text += fmt::format("    - {}\n", quoted_scalar(chunk::quoted(row)));
      }
      text += "  ...\n";
    }
    write(text);
  }

  void end(const totals&, const std::string& interruption) override {
    if (!interruption.empty()) write("Bail out! " + chunk::quoted(interruption) + '\n');
  }

 private:
  void write(const std::string& text) {
    out_.text() += text;
    out_.flush();
  }

  io::output& out_;
  std::size_t count_ = 0;
};

std::unique_ptr<report> make_tap_report(const report_setup& how) {
  return std::make_unique<tap_report>(how.out);
}

}  // namespace

const report_kind tap_report_kind{
    .name = "tap",
    .help = "TAP, on standard output",
    .takes_stdout = true,
    .make = make_tap_report,
};

}  // namespace tools::send
