// The texts of a script, cut into actions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tools::script {

/// One text of a program, which holds what this borrows.
struct text {
  const std::string* name = nullptr;  ///< of a file; nothing: arguments
  std::vector<std::string_view> arguments;
  std::string_view contents;
};

/// Leaves out blanks at both ends.
std::string_view trimmed(std::string_view text);

/// Takes the first line off `text`, without blanks at its ends.
std::string_view take_line(std::string_view& text);

/// Says whether a line is an action, and not a comment or nothing.
bool is_action(std::string_view line);

/// Takes the name of a connection, `NAME> `, off the front of an action, or gives nothing.
std::string_view take_connection(std::string_view& action);

/// Says whether an action is a test-case.
bool begins_case(std::string_view action);

/// Says whether a text has a test-case.
bool has_cases(const text& from);

/// Calls `take` with each action and its line, until that gives false.
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
    const auto action = take_line(rest);
    if (is_action(action) && !take(action, line)) return;
  }
}

/// Says whether a text has nothing but actions that may stand before the first case.
bool prepares_only(const text& from);

}  // namespace tools::script
