#include "format/broken.hpp"

#include <cstddef>

namespace tools::format {
namespace {

/// Looks at a chunk that stands in `level` containers, and at those in it.
std::optional<chunk::error> find_broken_in(const chunk::protocol& rules,
                                           const chunk::placed_chunk& given, std::size_t level) {
  const auto* const known = rules.find(given.id);
  if (!rules.contains(known, level)) return std::nullopt;
  std::optional<chunk::error> inner;
  const auto look = [&](const chunk::placed_chunk& each) {
    if (!inner) inner = find_broken_in(rules, each, level + 1);
    return true;
  };
  const auto prefix = known->prefix;
  const bool whole = given.payload.size() >= prefix &&
                     !for_each_chunk(rules.framing_in(known), given.payload.subspan(prefix),
                                     given.payload_offset() + prefix, look);
  // What is wrong with a container itself comes before what is wrong with those in it.
  return whole ? inner : unnest(rules, given, given.payload_offset(), level).fault;
}

}  // namespace

std::optional<chunk::error> find_broken(const chunk::protocol& rules, const chunk::fragment& given,
                                        const chunk::error* stray) {
  if (stray) return given.begins ? std::optional(*stray) : std::nullopt;
  const bool whole = given.kind == chunk::fragment_kind::chunk && given.begins && given.ends;
  if (!whole || !rules.framing.definition) return std::nullopt;
  return find_broken_in(rules, given.placed(), given.level);
}

}  // namespace tools::format
