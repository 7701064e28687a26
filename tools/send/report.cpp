#include "send/report.hpp"

#include "cli/status.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace tools::send {
namespace {

/// All kinds, in the order in which they are listed.
constexpr std::array report_kinds{&text_report_kind, &tap_report_kind, &junit_report_kind,
                                  &html_report_kind};

/// "text,tap,junit:FILE,html:FILE"
std::string list_of_kinds() {
  std::string out;
  for (const auto* each : report_kinds) {
    if (!out.empty()) out += ',';
    out += each->name;
    if (each->has_file) out += ":FILE";
  }
  return out;
}

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

chunk::result<report_choice> parse_report(std::string_view text) {
  const auto colon = std::min(text.find(':'), text.size());
  const auto found =
      std::ranges::find(report_kinds, text.substr(0, colon), [](auto* each) { return each->name; });
  const auto refuse = [](std::string why) {
    return tl::unexpected(chunk::error{chunk::errc::bad_notation, std::move(why)});
  };
  if (found == report_kinds.end()) {
    return refuse(fmt::format("'{}' not in {{{}}}", chunk::quoted(text), list_of_kinds()));
  }
  const auto& kind = **found;
  const auto file = text.substr(std::min(colon + 1, text.size()));
  if (kind.has_file && file.empty())
    return refuse(fmt::format("{0} needs a file: {0}:FILE", kind.name));
  if (!kind.has_file && colon < text.size())
    return refuse(fmt::format("{} takes no file", kind.name));
  return report_choice{&kind, std::string(file)};
}

std::vector<report_choice> complete(std::vector<report_choice> chosen) {
  std::vector<report_choice> out;
  for (auto& each : chosen) {
    const auto same = std::ranges::find_if(out, [&](const report_choice& other) {
      return other.path == each.path && (other.kind == each.kind || !each.path.empty());
    });
    if (same == out.end()) {
      out.push_back(std::move(each));
    } else if (same->kind != each.kind) {
      throw cli::wrong_usage(
          fmt::format("--report: two reports have the file '{}'", chunk::quoted(each.path)));
    }
  }
  const bool replaced = std::ranges::any_of(out, [](auto& each) { return !each.kind->has_file; });
  if (!replaced) out.insert(out.begin(), {&text_report_kind, {}});
  return out;
}

std::vector<script::detail> explanation(const case_result& one) {
  auto out = details(*one.fault);
  if (one.seed) out.push_back({"seed", std::to_string(*one.seed)});
  if (one.again.empty()) return out;
  out.insert(out.begin(), {"case", fmt::format("{} {}", one.number, one.name)});
  out.push_back({"again", one.again});
  return out;
}

std::string markup(std::string_view text) {
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

}  // namespace tools::send
