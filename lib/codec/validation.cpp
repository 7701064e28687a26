#include "chunk/validation.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <utility>

namespace chunk {
namespace {

using kind = finding::kind;

/// Checks one chunk that stands in `level` containers.
class validator {
 public:
  validator(const protocol& rules, const id& id, std::uint64_t offset, std::size_t level = 0)
      : rules_(rules), id_(id), name_(to_text(id)), offset_(offset), level_(level) {}

  /// Gives the rule for the chunk if it is as expected.
  const rule* check_id() {
    const auto* known = rules_.find(id_);
    if (known && known->outer) return known;
    add(kind::unexpected, offset_, std::nullopt,
        known ? "stands in containers only" : "unknown to the protocol");
    return nullptr;
  }

  void check_payload(const rule& known, const placed_chunk& whole) {
    if (!rules_.contains(&known, level_)) {
      check_value(known, whole.payload, offset_, std::nullopt);
      return;
    }
    auto subchunks = split(known, whole);
    if (!subchunks) return;
    check_missing(known, *subchunks);
    check_members(known, *subchunks);
  }

  std::vector<finding> take() { return std::move(out_); }

 private:
  void add(kind type, std::uint64_t offset, const std::optional<id>& subchunk,
           std::string_view reason) {
    out_.push_back({type, offset, id_, subchunk, fmt::format("{}: {}", name_, reason)});
  }

  /// Splits a container, and reports a fault more precisely than chunk::split().
  std::optional<std::vector<placed_chunk>> split(const rule& known, const placed_chunk& whole) {
    if (known.prefix > whole.payload.size()) {
      add(kind::malformed, offset_, std::nullopt, "shorter than what precedes subchunks");
      return std::nullopt;
    }
    const auto how = known.framing.definition ? known.framing : rules_.framing;
    std::vector<placed_chunk> out;
    const auto wrong =
        for_each_chunk(how, whole.payload.subspan(known.prefix),
                       whole.payload_offset() + known.prefix, [&](const placed_chunk& each) {
                         out.push_back(each);
                         return true;
                       });
    if (!wrong) return out;
    const auto& front = wrong->front;
    if (front.is == header_reading::state::whole) {
      add(kind::malformed, wrong->offset, front.head.id,
          fmt::format("{} declares {} bytes, {} are there", to_text(front.head.id),
                      front.head.length, wrong->rest.size() - front.size));
    } else if (front.is == header_reading::state::partial) {
      add(kind::malformed, wrong->offset, std::nullopt,
          fmt::format("{} bytes are left, too few for a subchunk", wrong->rest.size()));
    } else {
      add(kind::malformed, wrong->offset, std::nullopt, "no header of a subchunk");
    }
    return std::nullopt;
  }

  void check_missing(const rule& known, const std::vector<placed_chunk>& subchunks) {
    for (const auto& each : known.members) {
      if (each.times != occurrence::once && each.times != occurrence::at_least_once) continue;
      const auto is_it = [&](const placed_chunk& given) { return given.id == each.id; };
      if (std::ranges::any_of(subchunks, is_it)) continue;
      add(kind::missing, offset_, each.id, "no " + to_text(each.id));
    }
  }

  void check_members(const rule& known, const std::vector<placed_chunk>& subchunks) {
    std::vector<bool> seen(known.members.size());
    std::size_t last = 0;  // the greatest place in the order so far
    for (const auto& inner : subchunks) {
      const auto offset = inner.offset;
      const auto found = std::ranges::find(known.members, inner.id, &member::id);
      if (found != known.members.end()) {
        const auto place = static_cast<std::size_t>(found - known.members.begin());
        check_occurrence(*found, seen[place], offset);
        seen[place] = true;
        if (known.ordered && place < last) {
          add(kind::misplaced, offset, inner.id,
              fmt::format("{} after {}", to_text(inner.id), to_text(known.members[last].id)));
        }
        last = std::max(last, place);
      } else if (!known.open) {
        add(kind::unexpected, offset, inner.id, "unexpected " + to_text(inner.id));
      }
      if (const auto* own = rules_.find(inner.id)) check_inner(*own, inner);
    }
  }

  void check_inner(const rule& known, const placed_chunk& inner) {
    if (!rules_.contains(&known, level_ + 1)) {
      check_value(known, inner.payload, inner.offset, inner.id);
      return;
    }
    validator deeper(rules_, inner.id, inner.offset, level_ + 1);
    deeper.check_payload(known, inner);
    for (auto& each : deeper.take()) out_.push_back(std::move(each));
  }

  void check_occurrence(const member& given, bool again, std::uint64_t offset) {
    const bool one = given.times == occurrence::once || given.times == occurrence::at_most_once;
    if (one && again) add(kind::repeated, offset, given.id, "more than one " + to_text(given.id));
  }

  void check_value(const rule& known, std::span<const std::byte> payload, std::uint64_t offset,
                   const std::optional<id>& subchunk) {
    if (!known.type) return;
    const auto fine = check(*known.type, payload);
    if (fine) return;
    const auto& reason = fine.error().detail;
    add(kind::bad_value, offset, subchunk,
        subchunk ? fmt::format("{}: {}", to_text(*subchunk), reason) : reason);
  }

  const protocol& rules_;
  id id_;
  std::string name_;
  std::uint64_t offset_;
  std::size_t level_;
  std::vector<finding> out_;
};

/// Says whether there is nothing to compare a chunk with.
bool says_nothing(const protocol& rules) {
  return rules.guesses || rules.rules.empty();
}

}  // namespace

std::string_view to_text(finding::kind type) {
  switch (type) {
    case kind::unexpected: return "unexpected";
    case kind::missing: return "missing";
    case kind::repeated: return "repeated";
    case kind::misplaced: return "misplaced";
    case kind::malformed: return "malformed";
    case kind::bad_value: return "bad-value";
  }
  return "";
}

std::vector<finding> validate(const protocol& rules, const header& head, std::uint64_t offset) {
  if (says_nothing(rules)) return {};
  validator out(rules, head.id, offset);
  out.check_id();
  return out.take();
}

std::vector<finding> validate(const protocol& rules, const placed_chunk& chunk) {
  if (says_nothing(rules)) return {};
  validator out(rules, chunk.id, chunk.offset);
  if (const auto* known = out.check_id()) out.check_payload(*known, chunk);
  return out.take();
}

std::vector<finding> validate(const protocol& rules, const chunk_view& chunk,
                              std::uint64_t offset) {
  const auto before = encoded_size(chunk, rules.framing) - chunk.payload.size();
  return validate(rules, placed_chunk{chunk, offset, before});
}

}  // namespace chunk
