#include "chunk/validation.hpp"

#include "framing_definition.hpp"
#include "framing_errors.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <utility>

namespace chunk {
namespace {

using kind = finding::kind;

/// A chunk that is checked, or a chunk in it.
struct place {
  const place* outer = nullptr;  // what it stands in; nullptr: nothing that is checked
  id name;
  std::uint64_t offset = 0;
  std::size_t level = 0;

  /// What findings about it begin with: "CMPU: OPND".
  std::string path() const {
    return outer ? fmt::format("{}: {}", outer->path(), name_of(name)) : name_of(name);
  }

  /// Its ID, unless it is the chunk itself.
  std::optional<id> subchunk() const { return outer ? std::optional(name) : std::nullopt; }
};

/// Checks one chunk.
class validator {
 public:
  validator(const protocol& rules, const id& id, std::uint64_t offset)
      : rules_(rules), id_(id), offset_(offset) {}

  /// Gives the rule for the chunk if it is as expected.
  const rule* check_id() {
    // The first chunk of a client may have no ID, and then no rule.
    const auto* how = rules_.framing.definition;
    if (how && how->is_opening(id_)) return nullptr;
    const auto* known = rules_.find(id_);
    if (known && known->outer) return known;
    const auto at = top();
    add(kind::unexpected, at, known ? "stands in containers only" : "unknown to the protocol");
    return nullptr;
  }

  place top() const { return {nullptr, id_, offset_, 0}; }

  /// The place of a chunk in the container at `outer`, which outlives it.
  static place inside(const place& outer, const placed_chunk& given) {
    return {&outer, given.id, given.offset, outer.level + 1};
  }

  void check_behind(const placed_chunk& given, const framing& how, const place& at) {
    if (!how.definition) return;
    for (const auto& each : check_tail(given, how)) add(each.type, at, each.text);
  }

  void check_payload(const rule& known, const placed_chunk& given, const place& at) {
    if (!rules_.contains(&known, at.level)) return check_value(known, given.payload, at);
    auto subchunks = split(known, given, at);
    if (!subchunks) return;
    check_missing(known, *subchunks, at);
    check_members(known, *subchunks, at);
  }

  /// Checks that a chunk may be in a container. `seen` says that another one was.
  void check_member(const rule& container, const member* found, bool seen,
                    const placed_chunk& given, const place& outer) {
    if (!found) {
      if (container.open) return;
      add(kind::unexpected, outer, given.id, given.offset, "unexpected " + name_of(given.id));
      return;
    }
    const bool one = found->times == occurrence::once || found->times == occurrence::at_most_once;
    if (!one || !seen) return;
    add(kind::repeated, outer, given.id, given.offset, "more than one " + name_of(given.id));
  }

  /// Checks a chunk in a container without regard to others there.
  void check_inside(const placed_chunk& given, const framing& how, const place& at) {
    check_behind(given, how, at);
    if (const auto* own = rules_.find(given.id)) check_payload(*own, given, at);
  }

  std::vector<finding> take() { return std::move(out_); }

 private:
  /// Adds a finding about a chunk.
  void add(kind type, const place& at, std::string_view reason) {
    add(type, at, at.subchunk(), at.offset, reason);
  }

  /// Adds a finding about a subchunk of the chunk at `outer`.
  void add(kind type, const place& outer, const std::optional<id>& subchunk, std::uint64_t offset,
           std::string_view reason) {
    out_.push_back({type, offset, id_, subchunk, fmt::format("{}: {}", outer.path(), reason)});
  }

  /// Splits a container, and reports a fault more precisely than chunk::split().
  std::optional<std::vector<placed_chunk>> split(const rule& known, const placed_chunk& whole,
                                                 const place& at) {
    if (whole.payload.size() < known.prefix) {
      add(kind::malformed, at,
          fmt::format("{} bytes stand before the subchunks, {} are there", known.prefix,
                      whole.payload.size()));
      return std::nullopt;
    }
    std::vector<placed_chunk> out;
    const auto wrong =
        for_each_chunk(rules_.framing_in(&known), whole.payload.subspan(known.prefix),
                       whole.payload_offset() + known.prefix, [&](const placed_chunk& each) {
                         out.push_back(each);
                         return true;
                       });
    if (!wrong) return out;
    const auto& front = wrong->front;
    if (front.is == header_reading::state::whole) {
      const auto left = wrong->rest.size() - front.size;
      add(kind::malformed, at, front.head.id, wrong->offset,
          left >= front.head.length
              ? fmt::format("{}: the bytes behind the payload are missing", name_of(front.head.id))
              : fmt::format("{} declares {} bytes, {} are there", name_of(front.head.id),
                            front.head.length, left));
    } else if (front.is == header_reading::state::partial) {
      add(kind::malformed, at, std::nullopt, wrong->offset,
          fmt::format("{} bytes are left, too few for a subchunk", wrong->rest.size()));
    } else {
      add(kind::malformed, at, std::nullopt, wrong->offset, "no header of a subchunk");
    }
    return std::nullopt;
  }

  void check_missing(const rule& known, const std::vector<placed_chunk>& subchunks,
                     const place& outer) {
    for (const auto& each : known.members) {
      if (each.times != occurrence::once && each.times != occurrence::at_least_once) continue;
      const auto is_it = [&](const placed_chunk& given) { return given.id == each.id; };
      if (std::ranges::any_of(subchunks, is_it)) continue;
      add(kind::missing, outer, each.id, outer.offset, "no " + name_of(each.id));
    }
  }

  void check_members(const rule& known, const std::vector<placed_chunk>& subchunks,
                     const place& outer) {
    std::vector<bool> seen(known.members.size());
    std::size_t last = 0;  // the greatest place in the order so far
    for (const auto& inner : subchunks) {
      const auto found = std::ranges::find(known.members, inner.id, &member::id);
      if (found != known.members.end()) {
        const auto index = static_cast<std::size_t>(found - known.members.begin());
        check_member(known, &*found, seen[index], inner, outer);
        seen[index] = true;
        if (known.ordered && index < last) {
          add(kind::misplaced, outer, inner.id, inner.offset,
              fmt::format("{} after {}", name_of(inner.id), name_of(known.members[last].id)));
        }
        last = std::max(last, index);
      } else {
        check_member(known, nullptr, false, inner, outer);
      }
      check_inside(inner, rules_.framing_in(&known), inside(outer, inner));
    }
  }

  void check_value(const rule& known, std::span<const std::byte> payload, const place& at) {
    if (!known.type) return;
    const auto fine = check(*known.type, payload);
    if (!fine) add(kind::bad_value, at, fine.error().detail);
  }

  const protocol& rules_;
  id id_;
  std::uint64_t offset_;
  std::vector<finding> out_;
};

/// Says whether there is nothing to compare a chunk with.
bool says_nothing(const protocol& rules) {
  return rules.guesses || rules.rules.empty();
}

}  // namespace

std::vector<tail_fault> check_tail(const placed_chunk& chunk, const framing& how) {
  if (!how.definition || chunk.front.empty()) return {};
  const auto& known = *how.definition;
  fragment whole;
  whole.head = {chunk.id, chunk.payload.size(), chunk.front};
  whole.offset = chunk.offset;
  whole.header_size = chunk.header_size;
  whole.tail = chunk.tail;
  whole.wrong_trailer =
      !known.is_trailer(known.split_tail(chunk.tail).trailer, known.checksum_of(chunk));
  return check_tail(whole, how);
}

std::vector<tail_fault> check_tail(const fragment& last, const framing& how) {
  std::vector<tail_fault> out;
  if (!how.definition || last.head.front.empty()) return out;
  const auto& known = *how.definition;
  const auto front = known.read_again(last.head.id, last.head.front);
  if (front.alone || front.open) return out;
  const auto shown = [](std::span<const std::byte> bytes) {
    std::string text;
    for (const auto each : bytes) append_escape(text, each);
    return text;
  };
  const auto parts = known.split_tail(last.tail);
  const auto [trailer, padding] = parts;
  if (last.wrong_trailer) out.push_back({kind::bad_trailer, "wrong trailer " + shown(trailer)});
  const auto unpadded = last.header_size + last.head.length + trailer.size();
  if (!parts.has_zero_padding()) {
    out.push_back({kind::bad_padding, fmt::format("padding {} is not zero", shown(padding))});
  } else if (const auto wanted = known.padding(unpadded); padding.size() < wanted) {
    out.push_back({kind::bad_padding, fmt::format("{} of {} bytes of padding are missing",
                                                  wanted - padding.size(), wanted)});
  }
  return out;
}

std::string_view to_text(finding::kind type) {
  switch (type) {
    case kind::unexpected: return "unexpected";
    case kind::missing: return "missing";
    case kind::repeated: return "repeated";
    case kind::misplaced: return "misplaced";
    case kind::malformed: return "malformed";
    case kind::bad_value: return "bad-value";
    case kind::bad_trailer: return "bad-trailer";
    case kind::bad_padding: return "bad-padding";
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
  const bool silent = says_nothing(rules);
  if (silent && !rules.framing.definition) return {};
  validator out(rules, chunk.id, chunk.offset);
  const auto* known = silent ? nullptr : out.check_id();
  const auto at = out.top();
  out.check_behind(chunk, rules.framing, at);
  if (known) out.check_payload(*known, chunk, at);
  return out.take();
}

std::vector<finding> validate_subchunk(const protocol& rules, const id& outermost,
                                       const rule* container, const placed_chunk& chunk,
                                       std::size_t level) {
  validator out(rules, outermost, chunk.offset);
  auto outer = out.top();
  outer.level = level - 1;
  if (container) {
    const auto found = std::ranges::find(container->members, chunk.id, &member::id);
    out.check_member(*container, found == container->members.end() ? nullptr : &*found, false,
                     chunk, outer);
  }
  out.check_inside(chunk, rules.framing_in(container), validator::inside(outer, chunk));
  return out.take();
}

std::vector<finding> validate(const protocol& rules, const chunk_view& chunk,
                              std::uint64_t offset) {
  const auto before = encoded_size(chunk, rules.framing) - chunk.payload.size();
  return validate(rules, placed_chunk{chunk, offset, before});
}

}  // namespace chunk
