#include "format/json/json_lines.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

namespace tools::format {
namespace {

/// Why a chunk is shown as bytes.
const chunk::error& unusual_header() {
  static const chunk::error why{chunk::errc::malformed, "a header that is not as it is written"};
  return why;
}

/// What an end says of a chunk that is truncated: its beginning has the fields.
chunk::chunk_modifiers without_fields(chunk::chunk_modifiers from) {
  from.fields.clear();
  return from;
}

}  // namespace

void json_lines::add(const chunk::fragment& given, std::string_view members) {
  if (given.kind == chunk::fragment_kind::preamble) return add_preamble(given, members);
  if (!blocks_.empty() && blocks_.back().raw) {
    if (given.enters) blocks_.push_back({blocks_.back().index, {}, false, true, {}});
    add_raw(given);
    if (given.leaves) leave(given);
    return;
  }
  if (given.leaves) return leave(given);
  if (given.enters) return enter(given, members);
  if (given.begins && given.ends) return add_whole(given, members);
  if (given.begins) {
    begin_chunk(given, members);
    line_.begin_base64();
    if (raw_) line_.add_base64(given.head.front);
  }
  line_.add_base64(given.payload);
  open_ = !given.ends;
  if (given.ends) end_chunk(given);
}

void json_lines::add_stray(const chunk::fragment& given, const chunk::error& why) {
  if (!blocks_.empty() && blocks_.back().raw) return line_.add_base64(given.payload);
  add_fault(why, given.payload, given.offset);
}

void json_lines::add_header(const chunk::fragment& given, std::string_view members) {
  begin_chunk(given, members);
  if (raw_) {
    line_.begin_base64();
    line_.add_base64(given.head.front);
    line_.end_base64();
  } else if (present().definition) {
    line_.modifiers(cut_);
  }
  // Must not look like a container.
  line_.error({chunk::errc::truncated, "payload not shown"});
  line_.end();
}

void json_lines::truncate(const chunk::error& why) {
  // A container that is shown as bytes goes on with those of the next fault.
  if (!blocks_.empty() && blocks_.back().raw) return;
  open_ = false;
  line_.end_base64();
  if (!raw_ && present().definition) line_.modifiers(cut_);
  line_.error(why);
  line_.end();
}

void json_lines::add_fault(const chunk::error& why, std::span<const std::byte> bytes,
                           std::uint64_t offset) {
  if (!blocks_.empty() && blocks_.back().raw) return line_.add_base64(bytes);
  begin(offset, {});
  line_.length(bytes.size());
  line_.begin_base64();
  line_.add_base64(bytes);
  line_.end_base64();
  line_.error(why);
  line_.end();
}

/// Begins the line of what stands in the containers that have been entered.
std::uint64_t json_lines::begin(std::uint64_t offset, std::string_view members) {
  const auto index = line_.begin(members);
  if (!blocks_.empty()) line_.parent(blocks_.back().index);
  line_.place(blocks_.size(), offset);
  return index;
}

void json_lines::add_preamble(const chunk::fragment& given, std::string_view members) {
  begin(given.offset, members);
  line_.length(given.payload.size());
  line_.flag("preamble");
  line_.payload(given.payload);
  line_.end();
}

/// Adds all bytes of a fragment to a line of bytes.
void json_lines::add_raw(const chunk::fragment& given) {
  if (given.begins && given.kind == chunk::fragment_kind::chunk) {
    line_.add_base64(given.head.front);
  }
  line_.add_base64(given.payload);
  line_.add_base64(given.tail);
}

void json_lines::add_whole(const chunk::fragment& given, std::string_view members) {
  static const chunk::chunk_modifiers none;
  const auto& how = present();
  const auto whole = given.placed();
  const auto index = begin(given.offset, members);
  if (!how.definition) return add_described(whole, none, index, 0);
  const auto modifiers = modifiers_of(whole, how);
  if (!modifiers.expressible) return add_bytes(whole);
  add_described(whole, modifiers, index, blocks_.size());
}

/// Ends the object of a chunk that stands in `level` containers, and adds those of its subchunks.
void json_lines::add_described(const chunk::placed_chunk& given, const chunk::chunk_modifiers& how,
                               std::uint64_t index, std::size_t level) {
  const auto inner = chunk::unnest(rules_, given, given.payload_offset(), level);
  line_.id(given.id);
  line_.length(given.payload.size());
  add_contents(given, inner, how);
  const bool is_container =
      inner.how == chunk::nesting::declared || inner.how == chunk::nesting::guessed;
  if (!is_container) return line_.end();
  line_.enter();
  const auto& subchunks = rules_.framing_in(rules_.find(given.id));
  for (const auto& each : inner.subchunks) {
    if (level > 0 || !takes_ || takes_(given.id, each.id)) {
      add_subchunk(each, subchunks, index, level + 1);
    }
  }
  line_.leave();
}

void json_lines::add_subchunk(const chunk::placed_chunk& inner, const chunk::framing& how,
                              std::uint64_t parent, std::size_t level) {
  const auto index = line_.begin();
  line_.parent(parent);
  line_.place(level, inner.offset);
  if (!how.definition) {
    line_.id(inner.id);
    line_.length(inner.payload.size());
    line_.value(inner.id, inner.payload);
    line_.payload(inner.payload);
    return line_.end();
  }
  const auto modifiers = modifiers_of(inner, how);
  if (!modifiers.expressible) return add_bytes(inner);
  add_described(inner, modifiers, index, level);
}

/// Writes the members of a whole chunk behind its length.
void json_lines::add_contents(const chunk::placed_chunk& given, const chunk::nested& inner,
                              const chunk::chunk_modifiers& how) {
  line_.fields(how);
  switch (inner.how) {
    case chunk::nesting::plain:
      line_.value(given.id, given.payload);
      line_.payload(given.payload);
      break;
    case chunk::nesting::broken: line_.payload(given.payload); break;
    case chunk::nesting::declared:
    case chunk::nesting::guessed: line_.prefix(inner.prefix); break;
  }
  line_.modifiers(how);
  if (inner.how == chunk::nesting::broken) line_.error(inner.fault);
}

/// Ends the line of a chunk whose header cannot be described.
void json_lines::add_bytes(const chunk::placed_chunk& given) {
  line_.length(given.size());
  line_.begin_base64();
  for (const auto part : {given.front, given.payload, given.tail}) line_.add_base64(part);
  line_.end_base64();
  line_.error(unusual_header());
  line_.end();
}

/// Begins the line of a chunk of which more fragments follow.
void json_lines::begin_chunk(const chunk::fragment& given, std::string_view members) {
  const auto modifiers = modifiers_of_beginning(given, present());
  raw_ = !modifiers.expressible;
  begin(given.offset, members);
  if (raw_) return;
  line_.id(given.head.id);
  if (!given.open) line_.length(given.head.length);
  line_.fields(modifiers);
  cut_ = without_fields(modifiers);
}

/// Ends it.
void json_lines::end_chunk(const chunk::fragment& given) {
  if (raw_) line_.add_base64(given.tail);
  line_.end_base64();
  if (raw_) {
    line_.error(unusual_header());
  } else if (present().definition) {
    line_.modifiers(modifiers_of_end(given, present()));
  }
  line_.end();
}

void json_lines::enter(const chunk::fragment& given, std::string_view members) {
  const auto modifiers = modifiers_of_block(given, present());
  const auto cut = modifiers_of_beginning(given, present());
  const bool raw = !modifiers.expressible || !cut.expressible;
  const auto index = begin(given.offset, members);
  if (raw) {
    line_.begin_base64();
    add_raw(given);
  } else {
    line_.id(given.head.id);
    if (!given.open) line_.length(given.head.length);
    line_.fields(modifiers);
    line_.prefix(given.payload);
    if (modifiers.length) line_.length(*modifiers.length, "declared");
    line_.enter();
  }
  blocks_.push_back(
      {index, rules_.framing_in(rules_.find(given.head.id)), given.open, raw, without_fields(cut)});
}

/// Adds what cannot be computed from the subchunks of a container.
void json_lines::leave(const chunk::fragment& given) {
  if (blocks_.empty()) return;
  const auto ended = std::move(blocks_.back());
  blocks_.pop_back();
  if (ended.raw) {
    if (!blocks_.empty() && blocks_.back().raw) return;
    line_.end_base64();
    line_.error(unusual_header());
    return line_.end();
  }
  auto modifiers = modifiers_of_end(given, present());
  if (!modifiers.trailer && !modifiers.padding) return line_.leave();
  modifiers.length.reset();
  line_.reopen(ended.index);
  line_.modifiers(modifiers);
  line_.end();
}

void json_lines::close_containers(const chunk::error& why) {
  for (; !blocks_.empty(); blocks_.pop_back()) {
    const auto& ended = blocks_.back();
    if (ended.raw) {
      if (blocks_.size() > 1 && blocks_[blocks_.size() - 2].raw) continue;
      line_.end_base64();
      line_.error(why);
      line_.end();
      continue;
    }
    if (ended.open) {
      line_.leave();
      continue;
    }
    line_.reopen(ended.index);
    line_.modifiers(ended.cut);
    line_.error(why);
    line_.end();
  }
}

}  // namespace tools::format
