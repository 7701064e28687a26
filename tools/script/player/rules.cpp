#include "script/player/rules.hpp"

#include <chunk/escape.hpp>

#include <algorithm>
#include <utility>

namespace tools::script {

void rule_list::add(rule added) {
  if (rules_.empty()) {
    all_ = *added.from;
    all_.text = "among the rules";
  }
  const auto before = std::ranges::find(rules_, added.from, &rule::from);
  if (before == rules_.end()) {
    rules_.push_back(std::move(added));
  } else {
    *before = std::move(added);
  }
}

const rule* rule_list::find(const chunk::placed_chunk& request, captured& names,
                            const effort& spend) const {
  const auto matches = [&](const rule& each) {
    return !each.wanted->compare(request, request.payload_offset(), names, spend);
  };
  const auto found = std::ranges::find_if(rules_, matches);
  return found == rules_.end() ? nullptr : &*found;
}

const rule* rule_list::find(const chunk::id& of) const {
  const auto found =
      std::ranges::find_if(rules_, [&](const rule& each) { return each.wanted->id() == of; });
  return found == rules_.end() ? nullptr : &*found;
}

std::string rule_list::in_words() const {
  std::string out;
  for (const auto& each : rules_) {
    if (!out.empty()) out += ", ";
    out += chunk::quoted(each.from->text);
  }
  return out;
}

}  // namespace tools::script
