#include "io/write.hpp"
#include "send/report.hpp"

#include <chunk/error.hpp>
#include <chunk/escape.hpp>
#include <chunk/net/unique_descriptor.hpp>

#include <fmt/core.h>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <iterator>
#include <string_view>

namespace tools::send {
namespace {

/// Escapes text for XML. `text` has to be printable ASCII.
std::string xml(std::string_view text) {
  std::string out;
  for (const char c : chunk::quoted(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

/// Collects the results, since the head of the document has their counts.
class junit_report final : public report {
 public:
  explicit junit_report(const std::string& path)
      : path_(path), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (file_.get() < 0) fail_to_write();
  }

  void begin(std::size_t) override {}

  void add(const case_result& one) override {
    took_ += one.took;
    auto out = std::back_inserter(cases_);
    fmt::format_to(out, "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.6f}\"",
                   xml(one.suite), xml(one.name), seconds(one.took));
    const bool empty = !one.fault && !one.skipped && one.remarks.empty();
    cases_ += empty ? "/>\n" : ">\n";
    if (one.fault) {
      fmt::format_to(out, "      <failure type=\"status {}\" message=\"{}\">", one.fault->status,
                     xml(headline(*one.fault)));
      for (const auto& row : explanation(one)) cases_ += xml(row) + '\n';
      cases_ += "</failure>\n";
    }
    if (one.skipped) fmt::format_to(out, "      <skipped message=\"{}\"/>\n", xml(*one.skipped));
    for (const auto& each : one.remarks) {
      fmt::format_to(out, "      <system-out>{}</system-out>\n", xml(each));
    }
    if (!empty) cases_ += "    </testcase>\n";
  }

  void end(const totals& all, const std::string& interruption) override {
    auto counts =
        fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.6f}\"",
                    all.passed + all.failed + all.skipped, all.failed, interruption.empty() ? 0 : 1,
                    all.skipped, seconds(took_));
    auto text = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {0}>\n"
        "  <testsuite name=\"chunk-send\" {0}>\n{1}",
        counts, cases_);
    if (!interruption.empty())
      text += fmt::format("    <system-err>{}</system-err>\n", xml(interruption));
    if (!io::write_whole(file_.get(), text + "  </testsuite>\n</testsuites>\n")) fail_to_write();
    if (::close(file_.release()) != 0) fail_to_write();
  }

 private:
  [[noreturn]] void fail_to_write() const {
    throw chunk::local_failure(chunk::last_system_error(path_));
  }

  std::string path_;
  chunk::net::unique_descriptor file_;
  std::string cases_;
  chunk::net::duration took_{};
};

}  // namespace

std::unique_ptr<report> make_junit_report(const std::string& path) {
  return std::make_unique<junit_report>(path);
}

}  // namespace tools::send
