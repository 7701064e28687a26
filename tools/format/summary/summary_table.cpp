#include "format/summary/summary_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>

namespace tools::format {
namespace {

constexpr std::size_t widest_table = 80;

/// Chosen: 5 % for each sign; a shorter bar than the least says nothing.
constexpr std::size_t widest_bar = 20;
constexpr std::size_t least_bar = 5;

constexpr std::size_t gap = 2;  // between columns

enum column { name, role, count, bytes, least, median, greatest, share, columns };

using cells = std::array<std::string, columns>;
using widths = std::array<std::size_t, columns>;

cells make_titles() {
  return {"ID", "role", "count", "bytes", "min", "median", "max", "share"};
}

/// The share is 0 if the total is 0.
double share_of(const summary_line& line, const summary_line& all) {
  return all.bytes == 0 ? 0 : static_cast<double>(line.bytes) / static_cast<double>(all.bytes);
}

cells make_cells(const summary_line& line, const summary_line& all) {
  cells out;
  out[name] = line.name;
  out[role] = line.role;
  out[count] = std::to_string(line.count);
  out[bytes] = std::to_string(line.bytes);
  if (line.lengths) {
    out[least] = std::to_string(line.lengths->least);
    out[median] = (line.lengths->exact ? "" : "~") + std::to_string(line.lengths->median);
    out[greatest] = std::to_string(line.lengths->greatest);
  }
  if (all.bytes != 0) out[share] = fmt::format("{:.1f}%", 100 * share_of(line, all));
  return out;
}

/// The columns of a line up to its share.
std::size_t width_of(const widths& wide) {
  std::size_t sum = 0;
  for (const auto each : wide) {
    if (each != 0) sum += each + gap;
  }
  return sum - gap;
}

/// Appends a line without its end. What has no width is left out, and so are blanks behind all.
void append_cells(std::string& out, const cells& line, const widths& wide) {
  const auto start = out.size();
  for (std::size_t at = 0; at < columns; ++at) {
    if (wide[at] == 0) continue;
    if (at != name) out.append(gap, ' ');
    const auto blanks = wide[at] - line[at].size();
    const bool left = at == name || at == role;
    if (!left) out.append(blanks, ' ');
    out += line[at];
    if (left) out.append(blanks, ' ');
  }
  out.erase(std::max(start, out.find_last_not_of(' ') + 1));
}

}  // namespace

void append_table(std::string& out, const std::vector<summary_line>& lines,
                  const summary_line& all) {
  const auto titles = make_titles();
  std::vector<cells> rows;
  for (const auto& line : lines) rows.push_back(make_cells(line, all));
  rows.push_back(make_cells(all, all));
  widths wide{};
  for (std::size_t at = 0; at < columns; ++at) {
    const auto reach = [&](const cells& line) { wide[at] = std::max(wide[at], line[at].size()); };
    std::ranges::for_each(rows, reach);
    // A column without anything in it has no title either, except those that never are empty.
    if (wide[at] != 0 || at == least || at == median || at == greatest) reach(titles);
  }
  for (const auto spare : {role, share}) {
    if (width_of(wide) > widest_table) wide[spare] = 0;
  }
  const auto rest = widest_table - std::min(widest_table, width_of(wide) + gap);
  const auto bar = wide[share] == 0 || rest < least_bar ? 0 : std::min(rest, widest_bar);
  append_cells(out, titles, wide);
  out += '\n';
  for (std::size_t at = 0; at < rows.size(); ++at) {
    append_cells(out, rows[at], wide);
    if (at < lines.size()) {
      const auto signs = share_of(lines[at], all) * static_cast<double>(bar) + 0.5;
      if (signs >= 1) out.append(gap, ' ').append(static_cast<std::size_t>(signs), '#');
    }
    out += '\n';
  }
}

void append_rates(std::string& out, const summary_line& all, chunk::net::duration span) {
  const auto seconds = std::chrono::duration<double>(span).count();
  fmt::format_to(std::back_inserter(out), "{:.3f} s", seconds);
  if (seconds > 0) {
    fmt::format_to(std::back_inserter(out), ", {:.0f} bytes/s, {:.0f} chunks/s",
                   static_cast<double>(all.bytes) / seconds,
                   static_cast<double>(all.count) / seconds);
  }
  out += '\n';
}

}  // namespace tools::format
