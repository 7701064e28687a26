#include "format/formatter.hpp"

#include "format/check.hpp"
#include "format/formatters.hpp"
#include "format/json/json.hpp"
#include "format/summary/summary.hpp"

#include <algorithm>

namespace tools::format {

bool is_chosen(const view_options& how, const chunk::fragment& given) {
  const auto& chosen = *how.chosen;
  const auto& id = given.head.id;
  if (chosen.takes_all()) return true;
  if (!chosen.takes(id)) return false;
  if (!chosen.needs_subchunk(id)) return true;
  if (!given.ends) return false;
  const auto inner = unnest(*how.rules, {id, given.payload});
  return std::ranges::any_of(
      inner.subchunks, [&](const chunk::placed_chunk& each) { return chosen.takes(id, each.id); });
}

std::unique_ptr<view> make_view(const view_options& how, std::string& out) {
  switch (how.style) {
    case style::hex: return make_hex_view(how, out);
    case style::list: return make_list_view(how, out);
    case style::text: return make_text_view(how, out);
    case style::json: return make_json_view(how, out);
    case style::summary: return make_summary_view(how, out);
    case style::check: return make_check_view(how, out);
  }
  return nullptr;
}

}  // namespace tools::format
