#include "format/broken.hpp"

#include <cstddef>

namespace tools::format {
namespace {

/// Looks at a chunk that stands in `level` containers, and at those in it.
std::optional<chunk::error> find_broken_in(const chunk::protocol& rules,
                                           const chunk::placed_chunk& given, std::size_t level) {
  if (!rules.contains(rules.find(given.id), level)) return std::nullopt;
  const auto inner = unnest(rules, given, given.payload_offset(), level);
  if (inner.how == chunk::nesting::broken) return inner.fault;
  for (const auto& each : inner.subchunks) {
    if (auto found = find_broken_in(rules, each, level + 1)) return found;
  }
  return std::nullopt;
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
