#include "format/summary/summary_table.hpp"

#include "format/bar.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
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

/// The colours of the cells of a line; an empty one for those that have none.
using cell_colours = std::array<std::string_view, columns>;

/// Appends a line without its end. What has no width is left out, and so are blanks behind all.
void append_cells(std::string& out, const cells& line, const widths& wide, const palette& from,
                  const cell_colours& colours) {
  const auto start = out.size();
  for (std::size_t at = 0; at < columns; ++at) {
    if (wide[at] == 0) continue;
    if (at != name) out.append(gap, ' ');
    const auto blanks = wide[at] - line[at].size();
    const bool left = at == name || at == role;
    if (!left) out.append(blanks, ' ');
    if (line[at].empty() || colours[at].empty()) {
      out += line[at];
    } else {
      append_in(out, from, colours[at], line[at]);
    }
    if (left) out.append(blanks, ' ');
  }
  out.erase(std::max(start, out.find_last_not_of(' ') + 1));
}

/// Appends a bar of about that many columns, unless nothing of it would be seen.
void append_share(std::string& out, double length, const table_style& how) {
  const double fineness = how.utf8 ? bar_parts : 1;
  const auto rounded = std::floor(length * fineness + 0.5) / fineness;
  if (rounded == 0) return;
  out.append(gap, ' ').append(how.colours->number);
  append_bar(out, rounded, how.utf8);
  out += how.colours->end;
}

}  // namespace

void append_table(std::string& out, const std::vector<summary_line>& lines, const summary_line& all,
                  const table_style& how) {
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
  const auto& from = *how.colours;
  cell_colours dim;
  dim.fill(from.mark);
  append_cells(out, titles, wide, from, dim);
  out += '\n';
  cell_colours usual{};
  usual[name] = from.id;
  usual[role] = from.mark;
  cell_colours bold;
  bold.fill(from.id);
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const bool is_total = at == lines.size();
    append_cells(out, rows[at], wide, from, is_total ? bold : usual);
    if (!is_total) append_share(out, share_of(lines[at], all) * static_cast<double>(bar), how);
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
