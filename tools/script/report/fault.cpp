#include "script/report/fault.hpp"

#include "script/language/words.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <utility>

namespace tools::script {
namespace {

/// Chosen: some five rows of a terminal.
constexpr std::size_t longest_text = 400;

}  // namespace

step_failure::~step_failure() = default;
skipped::~skipped() = default;

std::string headline(const fault& what) {
  std::string out;
  if (what.where.source) {
    out = to_text(what.where) + ": ";
  } else if (!what.peer.empty()) {
    out = what.peer + ": ";
  }
  if (!what.step.empty()) out += shortened(what.step, longest_text) + ": ";
  return out + what.reason;
}

std::vector<detail> details(const fault& what) {
  std::vector<detail> out;
  const auto add = [&](std::string_view name, std::string text) {
    if (!text.empty()) out.push_back({name, std::move(text)});
  };
  add("repeat", what.round);
  add("peer", what.peer);
  if (!what.received.empty()) add(expected_name, shortened(what.expected, longest_text));
  auto received = shortened(what.received, longest_text);
  if (what.offset) received += fmt::format("  (at stream offset {:#x})", *what.offset);
  if (!what.received.empty()) add(received_name, received);
  if (what.bytes) {
    const auto& found = *what.bytes;
    add("differ",
        fmt::format("from byte {} of {} expected and {} received, stream offset {:#x}", found.at,
                    found.expected_size, found.received_size, found.offset + found.at));
    out.back().bytes = &found;
  }
  if (what.waited) {
    auto text = measured(*what.waited);
    if (what.allowed) text += " of " + chunk::net::to_text(*what.allowed);
    add("waited", text);
  }
  std::string_view name = "before";
  for (const auto& each : what.before) add(std::exchange(name, ""), each);
  name = "output";
  for (const auto& each : what.output) add(std::exchange(name, ""), each);
  return out;
}

std::vector<std::string> to_rows(std::span<const detail> all, const format::palette& colours) {
  std::vector<std::string> out;
  for (const auto& each : all) {
    const auto colour = each.name == expected_name   ? colours.expected
                        : each.name == received_name ? colours.received
                                                     : std::string_view();
    auto& row = out.emplace_back();
    append_in(row, colours, each.name.empty() ? "" : colours.mark,
              fmt::format("{:<10}", each.name));
    if (colour.empty()) {
      row += chunk::quoted(each.text);
    } else {
      append_in(row, colours, colour, chunk::quoted(each.text));
    }
    if (!each.bytes) continue;
    for (auto& dumped : each.bytes->rows(colours)) out.push_back(std::move(dumped));
  }
  return out;
}

}  // namespace tools::script
