#include "script/language/lines.hpp"

#include "script/actions/table.hpp"
#include "script/language/variables.hpp"

namespace tools::script {
namespace {

constexpr std::string_view blanks = " \t\r";

}  // namespace

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::string_view take_line(std::string_view& text) {
  const auto stop = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, stop);
  text.remove_prefix(std::min(stop + 1, text.size()));
  return trimmed(line);
}

bool is_action(std::string_view line) {
  return !line.empty() && line.front() != '#';
}

std::string_view take_connection(std::string_view& action) {
  const auto mark = action.find("> ");
  if (mark == action.npos || !is_name(action.substr(0, mark))) return {};
  const auto name = action.substr(0, mark);
  action.remove_prefix(mark + 1);
  action.remove_prefix(std::min(action.find_first_not_of(blanks), action.size()));
  return name;
}

bool begins_case(std::string_view action) {
  const auto* const found = action_of(action);
  return found && found->shape == structure::begins_case;
}

bool has_cases(const text& from) {
  bool out = false;
  for_each_action(from, [&](std::string_view action, std::size_t) {
    out = begins_case(action);
    return !out;
  });
  return out;
}

bool prepares_only(const text& from) {
  bool out = true;
  for_each_action(from, [&](std::string_view action, std::size_t) {
    const auto* const found = action_of(action);
    out = found && found->prepares;
    return out;
  });
  return out;
}

}  // namespace tools::script
