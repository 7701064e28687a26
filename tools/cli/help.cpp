#include "cli/help.hpp"

#include <algorithm>
#include <cstddef>

namespace tools::cli {
namespace {

/// The columns of a line, and the one in which texts begin. Source: chosen, most terminals have 80.
constexpr std::size_t line_columns = 80;
constexpr std::size_t text_column = 26;
constexpr std::string_view indent = "  ";

/// Cuts off as many words as fit into `columns`, or one that does not.
std::string_view take_words(std::string_view& rest, std::size_t columns) {
  auto end = rest.size();
  if (end > columns) {
    end = rest.rfind(' ', columns);
    if (end == rest.npos) end = std::min(rest.find(' '), rest.size());
  }
  const auto out = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return out;
}

void append_row(std::string& out, const help_row& row) {
  auto begin = out.size();
  out.append(indent).append(row.name);
  const auto move_to_text = [&] {
    if (out.size() - begin >= text_column) {
      out += '\n';
      begin = out.size();
    }
    out.append(begin + text_column - out.size(), ' ');
  };
  for (auto text = std::string_view(row.text); !text.empty();) {
    const auto feed = std::min(text.find('\n'), text.size());
    for (auto rest = text.substr(0, feed); !rest.empty();) {
      move_to_text();
      out += take_words(rest, line_columns - text_column);
    }
    text.remove_prefix(std::min(feed + 1, text.size()));
  }
  out += '\n';
}

void append_heading(std::string& out, std::string_view heading) {
  out.append("\n").append(heading).append(":\n");
}

}  // namespace

std::string lay_out(const help_section& section) {
  std::string out;
  if (section.rows.empty()) return out;
  append_heading(out, section.heading);
  for (const auto& each : section.rows) append_row(out, each);
  return out;
}

std::string lay_out(std::span<const help_example> examples) {
  std::string out;
  if (examples.empty()) return out;
  append_heading(out, "Examples");
  const auto size = [](const help_example& each) { return each.command.size(); };
  const auto longest = size(*std::ranges::max_element(examples, {}, size));
  for (const auto& each : examples) {
    out.append(indent).append(each.command);
    out.append(longest - each.command.size(), ' ');
    out.append("  # ").append(each.purpose).append("\n");
  }
  return out;
}

}  // namespace tools::cli
