#include "chunk/validation.hpp"

#include "framing_definition.hpp"
#include "framing_errors.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
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
  static place inside(const place& outer, const id& name, std::uint64_t offset) {
    return {&outer, name, offset, outer.level + 1};
  }

  /// Checks what stands behind the payload of a whole chunk, or of one that ends with a fragment.
  template <class Ended>
  void check_behind(const Ended& given, const framing& how, const place& at) {
    if (!how.definition) return;
    for (const auto& each : check_tail(given, how)) add(each.type, at, each.text);
  }

  void check_payload(const rule& known, const placed_chunk& given, const place& at) {
    if (!rules_.contains(&known, at.level)) return check_value(known, given.payload, at);
    if (given.payload.size() < known.prefix) {
      add(kind::malformed, at, prefix_reason(known.prefix, given.payload.size()));
      return;
    }
    const auto& how = rules_.framing_in(&known);
    member_progress so_far;
    const auto first = std::ssize(out_);
    const auto wrong =
        for_each_chunk(how, given.payload.subspan(known.prefix),
                       given.payload_offset() + known.prefix, [&](const placed_chunk& each) {
                         check_member(known, so_far, each.id, each.offset, at);
                         check_inside(each, how, inside(at, each.id, each.offset));
                         return true;
                       });
    // What is missing shows at the end, but comes before what is wrong with the subchunks.
    const auto last = std::ssize(out_);
    if (!wrong) check_missing(known, so_far, at);
    std::rotate(out_.begin() + first, out_.begin() + last, out_.end());
    if (wrong) {
      const bool named = wrong->front.is == header_reading::state::whole;
      add_stray(named ? std::optional(wrong->front.head.id) : std::nullopt, wrong->offset,
                misfit_reason(wrong->front, wrong->rest.size(), wrong->rest), at);
    }
  }

  /// Checks that a chunk may be in a container, behind those that have come so far.
  void check_member(const rule& container, member_progress& so_far, const id& name,
                    std::uint64_t offset, const place& outer) {
    const auto* const found = container.members.find(name);
    if (!found) {
      if (container.others) return;
      return add(kind::unexpected, outer, name, offset, "unexpected " + name_of(name));
    }
    const auto index = static_cast<std::size_t>(found - container.members.begin());
    const bool one = found->times == occurrence::once || found->times == occurrence::at_most_once;
    const bool is_new = so_far.seen.insert(index);
    if (one && !is_new) {
      add(kind::repeated, outer, name, offset, "more than one " + name_of(name));
    }
    if (container.ordered && index < so_far.last) {
      const auto& last = container.members[so_far.last].id;
      add(kind::misplaced, outer, name, offset,
          fmt::format("{} after {}", name_of(name), name_of(last)));
    }
    so_far.last = std::max(so_far.last, index);
  }

  /// Checks that every member that has to be there has come.
  void check_missing(const rule& container, const member_progress& all, const place& outer) {
    for (std::size_t at = 0; at < container.members.size(); ++at) {
      const auto& each = container.members[at];
      if (each.times != occurrence::once && each.times != occurrence::at_least_once) continue;
      if (all.seen.contains(at)) continue;
      add(kind::missing, outer, each.id, outer.offset, "no " + name_of(each.id));
    }
  }

  /// Adds bytes at the end of a container that are not a chunk. `name` is the ID in the header that
  /// they begin with, if it is one.
  void add_stray(const std::optional<id>& name, std::uint64_t offset, std::string_view reason,
                 const place& outer) {
    add(kind::malformed, outer, name, offset, reason);
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
  if (!how.definition || how.definition->plain || chunk.front.empty()) return {};
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
  if (!front.has_tail()) return out;
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

std::vector<finding> fragment_validator::add(const fragment& given, const error* stray) {
  if (given.kind == fragment_kind::preamble) return {};
  const bool in_container = given.level > 0 && given.level <= open_.size();
  const bool is_chunk = given.kind == fragment_kind::chunk;
  if (!in_container && is_chunk && given.begins && given.ends) {
    return validate(rules_, given.placed());
  }
  // The containers that are open, and the place of what is given behind them.
  std::vector<place> places;
  places.reserve(open_.size() + 1);
  const auto enter = [&](const id& name, std::uint64_t offset) {
    if (places.empty()) return places.push_back({nullptr, name, offset, 0});
    const auto level = places.back().level + 1;
    places.push_back({&places.back(), name, offset, level});
  };
  for (const auto& each : open_) enter(each.id, each.offset);
  if (!given.leaves && is_chunk) enter(given.head.id, given.offset);
  if (places.empty()) return {};
  validator out(rules_, places.front().name, places.front().offset);
  const auto& at = places.back();
  if (!is_chunk) {
    if (!given.begins || !stray || !in_container) return {};
    auto reason = stray->detail;
    const auto front = place_in(at.name, given.offset);
    if (reason.starts_with(front)) reason.erase(0, front.size());
    const auto& name = given.head.id;
    out.add_stray(name.form ? std::optional(name) : std::nullopt, given.offset, reason, at);
    open_.back().broken = true;
    return out.take();
  }
  if (given.leaves && !open_.empty()) {
    const auto& ended = open_.back();
    if (ended.known && !ended.broken) out.check_missing(*ended.known, ended.members, at);
    open_.pop_back();
  } else if (given.begins && in_container) {
    auto& outer = open_.back();
    if (outer.known) {
      out.check_member(*outer.known, outer.members, given.head.id, given.offset, *at.outer);
    }
  } else if (given.begins && !says_nothing(rules_)) {
    out.check_id();
  }
  const auto& how = rules_.framing_in(in_container ? open_[given.level - 1u].known : nullptr);
  if (given.begins && given.ends) {
    out.check_inside(given.placed(), how, at);
  } else if (given.ends) {
    out.check_behind(given, how, at);
  }
  if (given.enters) open_.push_back({rules_.find(given.head.id), given.head.id, given.offset});
  return out.take();
}

std::vector<finding> validate(const protocol& rules, const chunk_view& chunk,
                              std::uint64_t offset) {
  const auto front = encode(header{chunk.id, chunk.payload.size(), chunk.front}, rules.framing);
  return validate(rules, placed_chunk{chunk, offset, front.size()});
}

}  // namespace chunk
