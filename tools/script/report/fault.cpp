#include "script/report/fault.hpp"

#include "script/language/words.hpp"

#include <fmt/core.h>

#include <iterator>
#include <string_view>

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

std::vector<std::string> details(const fault& what) {
  std::vector<std::string> out;
  const auto add = [&](std::string_view name, std::string_view text) {
    if (!text.empty()) out.push_back(fmt::format("{:<10}{}", name, text));
  };
  add("repeat", what.round);
  add("peer", what.peer);
  if (!what.received.empty()) add("expected", shortened(what.expected, longest_text));
  auto received = shortened(what.received, longest_text);
  if (what.offset) received += fmt::format("  (at stream offset {:#x})", *what.offset);
  if (!what.received.empty()) add("received", received);
  if (what.bytes) {
    const auto& found = *what.bytes;
    add("differ",
        fmt::format("from byte {} of {} expected and {} received, stream offset {:#x}", found.at,
                    found.expected_size, found.received_size, found.offset + found.at));
    for (auto& row : found.rows()) out.push_back(std::move(row));
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

}  // namespace tools::script
