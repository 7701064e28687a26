#include "script/actions/table.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace tools::script {
namespace {

/// How many letters to insert, remove or change to make one word of the other.
std::size_t distance(std::string_view from, std::string_view to) {
  std::array<std::size_t, 32> row{};
  if (to.size() >= row.size()) return row.size();
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t at = 0; at < from.size(); ++at) {
    auto diagonal = row[0]++;
    for (std::size_t column = 0; column < to.size(); ++column) {
      const auto changed = diagonal + (from[at] == to[column] ? 0 : 1);
      diagonal = row[column + 1];
      row[column + 1] = std::min({changed, diagonal + 1, row[column] + 1});
    }
  }
  return row[to.size()];
}

}  // namespace

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

std::string_view similar_action(std::string_view name) {
  constexpr std::size_t most_letters = 2;  // chosen: a typing mistake, not another word
  const auto near = [&](const action& each) {
    const bool has_modifier = each.name.find(',') != each.name.npos;
    return !has_modifier && each.name.size() > most_letters &&
           distance(name, each.name) <= most_letters;
  };
  for (const auto group : all_actions()) {
    const auto found = std::ranges::find_if(group, near);
    if (found != group.end()) return found->name;
  }
  return {};
}

}  // namespace tools::script
