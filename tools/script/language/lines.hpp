// Splits the texts of a script into actions.
#pragma once

#include "script/language/block.hpp"

#include <chunk/protocol.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tools::script {

/// One text of a program. It borrows from the program.
struct text {
  const std::string* name = nullptr;  ///< of a file; nullptr: arguments
  std::vector<std::string_view> arguments;
  std::string_view contents;
  const chunk::protocol* rules = nullptr;  ///< nullptr: there are no blocks
};

/// Removes blanks at both ends.
std::string_view trimmed(std::string_view text);

/// Removes the first line from `text`, and gives it without blanks at its ends.
std::string_view take_line(std::string_view& text);

/// Says whether a line is an action, and not a comment or empty.
bool is_action(std::string_view line);

/// Removes the name of a connection, `NAME> `, from the front of an action. nullopt: it has none.
std::string_view take_connection(std::string_view& action);

/// Says whether an action is a test-case.
bool begins_case(std::string_view action);

/// Says whether a text has a test-case.
bool has_cases(const text& from);

/// Calls `take` with each action and its line, until it returns false. A block is one action.
template <class Take>
void for_each_action(const text& from, Take take) {
  if (!from.name) {
    for (std::size_t at = 0; at < from.arguments.size(); ++at) {
      if (!take(from.arguments[at], at + 1)) return;
    }
    return;
  }
  auto rest = from.contents;
  for (std::size_t line = 1; !rest.empty(); ++line) {
    auto action = take_line(rest);
    if (!is_action(action)) continue;
    const auto first = line;
    auto behind_name = action;
    take_connection(behind_name);
    if (from.rules && begins_block(behind_name, *from.rules)) {
      line += take_block(action, rest, *from.rules);
    }
    if (!take(action, first)) return;
  }
}

/// Says whether a text has only actions that are allowed in a setup.
bool prepares_only(const text& from);

}  // namespace tools::script
