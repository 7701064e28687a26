#include "io/replaced_file.hpp"
#include "script/language/words.hpp"
#include "send/report.hpp"

#include <fmt/core.h>

#include <iterator>
#include <span>
#include <string>
#include <string_view>

namespace tools::send {
namespace {

/// The page needs nothing else, and no scripts. The browser chooses light or dark.
constexpr std::string_view style = R"(
:root { color-scheme: light dark; --line: #d0d7de; --dim: #59636e; --good: #1a7f37; --bad: #cf222e;
  --good-back: #dafbe1; --bad-back: #ffebe9; --back: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --dim: #9198a1; --good: #3fb950;
  --bad: #f85149; --good-back: #12361e; --bad-back: #4b1113; --back: #161b22; } }
body { max-width: 72em; margin: 2em auto; padding: 0 1em; font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin: 2em 0 .5em; }
code, pre, .bytes { font: 13px/1.45 ui-monospace, monospace; }
table { border-collapse: collapse; } .cases { width: 100%; }
.cases > tbody > tr > * { border-top: 1px solid var(--line); padding: .35em .6em; text-align: left;
  vertical-align: top; font-weight: normal; }
.number, .time { text-align: right !important; white-space: nowrap; color: var(--dim); }
.name { width: 100%; overflow-wrap: anywhere; }
.passed { color: var(--good); } .failed { color: var(--bad); } .skipped, .remark { color: var(--dim); }
summary { cursor: pointer; } details > div { margin: .5em 0; overflow-x: auto; }
.why th { text-align: left; font-weight: normal; color: var(--dim); padding-right: 1em;
  vertical-align: top; }
.why td { white-space: pre-wrap; overflow-wrap: anywhere; }
.bytes td, .bytes th { padding: 0 .25em; white-space: pre; font-weight: normal; color: var(--dim); }
.bytes td.chars { padding-left: 1em; }
.expected td, .expected.text { color: var(--good) !important; }
.received td, .received.text { color: var(--bad) !important; }
.expected mark { background: var(--good-back); } .received mark { background: var(--bad-back); }
mark { color: inherit; font-weight: bold; text-decoration: underline; }
)";

/// A character of a dump as HTML.
std::string shown_character(std::byte value) {
  const char c = script::character_of(value);
  return markup({&c, 1});
}

/// Appends the cells of one side of a row of a dump, with the bytes that differ marked.
void append_cells(std::string& out, const script::byte_row& row, std::span<const std::byte> bytes) {
  const auto marked = [&](std::size_t at, const std::string& text) {
    out += row.differs(at) ? "<mark>" + text + "</mark>" : text;
  };
  for (std::size_t at = 0; at < script::row_size; ++at) {
    out += "<td>";
    if (at < bytes.size()) marked(at, script::digits_of(bytes[at]));
    out += "</td>";
  }
  out += "<td class=\"chars\">";
  for (std::size_t at = 0; at < bytes.size(); ++at) marked(at, shown_character(bytes[at]));
  out += "</td></tr>\n";
}

void append_bytes(std::string& out, const script::difference& found) {
  out += "<table class=\"bytes\">\n";
  const auto begin_row = [&](std::string_view name, const script::byte_row& row) {
    fmt::format_to(std::back_inserter(out), "<tr class=\"{}\"><th>{}</th><th>{:08x}</th>", name,
                   name, row.place);
  };
  for (const auto& row : found.byte_rows()) {
    begin_row(row.differs() ? script::expected_name : "", row);
    append_cells(out, row, row.expected);
    if (!row.differs()) continue;
    begin_row(script::received_name, row);
    append_cells(out, row, row.received);
  }
  out += "</table>\n";
}

/// Appends what explains a failure.
void append_explanation(std::string& out, std::span<const script::detail> all) {
  out += "<table class=\"why\">\n";
  for (const auto& each : all) {
    const bool side = each.name == script::expected_name || each.name == script::received_name;
    const auto kind = side ? fmt::format(" class=\"{} text\"", each.name) : std::string();
    fmt::format_to(std::back_inserter(out), "<tr><th>{}</th><td{}><code>{}</code>", each.name, kind,
                   markup(each.text));
    if (each.bytes) append_bytes(out, *each.bytes);
    out += "</td></tr>\n";
  }
  out += "</table>\n";
}

/// Collects the rows, since the head of the page has their counts.
class html_report final : public report {
 public:
  explicit html_report(const std::string& path) : file_(path) {}

  void begin(std::size_t) override {}

  void add(const case_result& one) override {
    if (suite_ != one.suite) begin_suite(one.suite);
    took_ += one.took;
    const std::string_view verdict = one.fault ? "failed" : one.skipped ? "skipped" : "passed";
    fmt::format_to(std::back_inserter(rows_),
                   "<tr><td class=\"number\">{}</td><td class=\"{}\">{}</td><td class=\"name\">",
                   one.number, verdict, verdict);
    if (one.fault) {
      fmt::format_to(std::back_inserter(rows_),
                     "<details open><summary>{}</summary><div><code class=\"failed\">{}</code>\n",
                     markup(one.name), markup(headline(*one.fault)));
      append_explanation(rows_, explanation(one));
      rows_ += "</div></details>";
    } else {
      rows_ += markup(one.name);
    }
    if (one.skipped) add_remark(*one.skipped);
    for (const auto& each : one.remarks) add_remark(each);
    fmt::format_to(std::back_inserter(rows_), "</td><td class=\"time\">{}</td></tr>\n",
                   script::measured(one.took));
  }

  void end(const totals& all, const std::string& interruption) override {
    const auto words = markup(all.in_words());
    auto text = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<h1 class=\"{}\">{}</h1>\n",
        words, style, all.failed > 0 || !interruption.empty() ? "failed" : "passed", words);
    if (!interruption.empty()) {
      text += "<p class=\"failed\">" + markup(interruption) + "</p>\n";
    }
    text += fmt::format("<p class=\"remark\">{} in {}</p>\n", script::counted(all.all(), "case"),
                        script::measured(took_));
    text += rows_;
    if (suite_) text += suite_end;
    file_.write(text + "</body>\n</html>\n");
  }

 private:
  static constexpr std::string_view suite_end = "</tbody></table>\n";

  void begin_suite(const std::string& name) {
    if (suite_) rows_ += suite_end;
    suite_ = name;
    rows_ += "<h2>" + markup(name) + "</h2>\n<table class=\"cases\"><tbody>\n";
  }

  void add_remark(const std::string& text) {
    rows_ += "<div class=\"remark\">" + markup(text) + "</div>";
  }

  io::replaced_file file_;
  std::string rows_;
  std::optional<std::string> suite_;  // of the last row
  chunk::net::duration took_{};
};

std::unique_ptr<report> make_html_report(const report_setup& how) {
  return std::make_unique<html_report>(how.path);
}

}  // namespace

const report_kind html_report_kind{
    .name = "html",
    .help = "a page for a browser, in a file",
    .has_file = true,
    .make = make_html_report,
};

}  // namespace tools::send
