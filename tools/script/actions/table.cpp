#include "script/actions/table.hpp"

#include <algorithm>

namespace tools::script {

std::array<std::span<const action>, 5> all_actions() {
  return {send_actions(), expect_actions(), connection_actions(), flow_actions(),
          process_actions()};
}

const action& chunk_action() {
  return send_actions().front();
}

const action* find_action(std::string_view name) {
  if (name.empty() || name.size() == 4) return nullptr;  // four bytes are an ID
  for (const auto group : all_actions()) {
    const auto found = std::ranges::find(group, name, &action::name);
    if (found != group.end()) return &*found;
  }
  return nullptr;
}

const action* action_of(std::string_view text) {
  return find_action(text.substr(0, text.find(':')));
}

std::vector<std::string_view> names_of_actions() {
  std::vector<std::string_view> out;
  for (const auto group : all_actions()) {
    for (const auto& each : group) {
      const bool has_modifier = each.name.find(',') != each.name.npos;
      if (!each.name.empty() && !has_modifier) out.push_back(each.name);
    }
  }
  return out;
}

}  // namespace tools::script
