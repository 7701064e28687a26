#include "format/formatter.hpp"

#include "format/registry.hpp"
#include "io/output.hpp"

#include <chunk/value.hpp>

#include <algorithm>
#include <utility>

namespace tools::format {

destination::destination(io::output& out) : text_(out.text()), out_(&out) {}

void destination::add(std::span<const std::byte> bytes) const {
  if (out_) return out_->add(bytes);
  text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::string_view role_of(const chunk::rule& known, chunk::stream_side side) {
  if (!known.reply) return known.request ? "request" : "";
  if (!known.request) return "reply";
  switch (side) {
    case chunk::stream_side::unknown: return "both";
    case chunk::stream_side::client: return "request";
    case chunk::stream_side::server: return "reply";
  }
  return "";
}

std::optional<std::string> value_of(const chunk::protocol& rules, const chunk::id& of,
                                    std::span<const std::byte> payload) {
  const auto* rule = rules.find(of);
  if (!rule || !rule->type) return std::nullopt;
  const auto type = *rule->type;
  if (type == chunk::value_type::bytes || type == chunk::value_type::text) return std::nullopt;
  auto shown = chunk::show(type, payload);
  if (!shown) return std::nullopt;
  return std::move(*shown);
}

bool is_chosen(const format_options& how, const chunk::fragment& given) {
  const auto& chosen = *how.chosen;
  const auto& id = given.head.id;
  if (chosen.takes_all()) return true;
  if (!chosen.takes(id)) return false;
  if (!chosen.needs_subchunk(id)) return true;
  if (given.enters) return true;
  if (!given.ends) return false;
  const auto inner = unnest(*how.rules, {id, given.payload});
  return std::ranges::any_of(
      inner.subchunks, [&](const chunk::placed_chunk& each) { return chosen.takes(id, each.id); });
}

bool subchunk_choice::compare(const chunk::fragment& given) {
  if (given.level == 0) {
    outermost_ = given.head.id;
    return true;
  }
  if (given.level == 1 && given.begins) {
    taken_ = given.kind == chunk::fragment_kind::chunk && chosen_->takes(outermost_, given.head.id);
  }
  return taken_;
}

std::unique_ptr<formatter> make_formatter(const format_options& how, destination out) {
  return how.format->make(how, out);
}

}  // namespace tools::format
