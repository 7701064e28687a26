#include "script/language/names.hpp"

#include "script/actions/table.hpp"

#include <span>
#include <variant>

namespace tools::script {
namespace {

/// Says whether the tool itself gives a name its value.
bool is_given(std::string_view name) {
  return name == "client" || name == "address";
}

}  // namespace

void name_table::begin_unit() {
  present_.clear();
  of_setup_.clear();
  lets_.clear();
  counted_ = present_section_ = nullptr;
  in_case_ = false;
}

void name_table::begin_case(section of) {
  if (!in_case_) of_setup_ = present_;
  present_ = of_setup_;
  in_case_ = true;
  present_section_ = of;
  // A name that both the setup and the case assign may have either value.
  for (const auto& [name, count] : lets_[of]) {
    const auto given = present_.find(name);
    if (given != present_.end()) given->second.value.reset();
  }
}

void name_table::count_lets(const text& from) {
  for_each_action(from, [&](std::string_view action, std::size_t) {
    if (begins_case(action)) counted_ = action.data();
    const auto colon = action.find(':');
    const auto* const found = find_action(action.substr(0, colon));
    if (colon == action.npos || !found || !found->names_value) return true;
    action.remove_prefix(colon + 1);
    ++lets_[counted_][std::string(action.substr(0, action.find('=')))];
    return true;
  });
}

void name_table::continue_from(const table& earlier) {
  present_ = earlier;
  for (auto& [name, known] : present_) known.value.reset();
}

std::string_view name_table::note(const step& from) {
  if (const auto* const given = std::get_if<assignment>(&from.argument)) {
    if (is_given(given->name) || columns_.contains(given->name)) return given->name;
    const auto [added, is_new] = present_.try_emplace(given->name);
    if (!is_new && !added->second.by_let) return added->first;
    added->second.by_let = true;
    const bool once = is_new && lets_[present_section_][given->name] == 1;
    if (once && from.varying.empty()) added->second.value = given->value;
    if (!once) added->second.value.reset();
  }
  const auto* const wanted = std::get_if<expected_reply>(&from.argument);
  if (!wanted || !*wanted) return {};
  for (const auto& name : (*wanted)->names()) {
    if (const auto column = columns_.find(name); column != columns_.end()) return column->first;
    const auto added = present_.try_emplace(name).first;
    if (added->second.by_let || is_given(name)) return added->first;
  }
  return {};
}

std::string_view name_table::add_row(const row_choice& from) {
  const auto& values = from.from->rows[from.index].values;
  for (std::size_t at = 0; at < values.size(); ++at) {
    const auto& name = from.from->columns[at];
    if (is_given(name) || find(name)) return name;
    const auto bytes = std::as_bytes(std::span(values[at]));
    columns_[name].value.emplace(bytes.begin(), bytes.end());
  }
  return {};
}

void name_table::drop_row(const row_file& of) {
  for (const auto& each : of.columns) columns_.erase(each);
}

const known_name* name_table::find(std::string_view name) const {
  if (const auto column = columns_.find(name); column != columns_.end()) return &column->second;
  const auto found = present_.find(name);
  return found == present_.end() ? nullptr : &found->second;
}

}  // namespace tools::script
