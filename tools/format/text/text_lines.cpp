#include "format/text/text_lines.hpp"

#include <chunk/escape.hpp>

#include <algorithm>

namespace tools::format {

void text_lines::add(const chunk::fragment& given) {
  if (rules_.framing.definition) return add_in_framing(given);
  if (given.begins && given.ends) return add_whole(given);
  add_part(given);
}

/// Adds a part of a chunk of the chunk framing, in which there are no fields and no levels.
void text_lines::add_part(const chunk::fragment& given) {
  if (given.begins) {
    writer_.begin(given.head.id, modifiers_of_beginning(given, rules_.framing));
    open_ = true;
  }
  writer_.contents(given.payload);
  if (given.ends) end_line();
}

void text_lines::add_in_framing(const chunk::fragment& given) {
  const bool in_raw = !blocks_.empty() && blocks_.back().raw;
  switch (given.kind) {
    case chunk::fragment_kind::preamble: return add_preamble(given.payload);
    case chunk::fragment_kind::stray:
      if (in_raw) return append_raw(given.payload);
      if (given.begins) {
        out_ += chunk::raw_prefix;
        open_ = raw_ = true;
      }
      append_raw(given.payload);
      if (given.ends) end_line();
      return;
    case chunk::fragment_kind::chunk: break;
  }
  if (given.leaves) return leave(given);
  if (given.enters) return enter(given);
  if (in_raw) {
    if (given.begins) append_raw(given.head.front);
    append_raw(given.payload);
    return append_raw(given.tail);
  }
  if (given.begins && given.ends) return add_whole(given);
  if (given.begins) begin(given);
  if (raw_) {
    append_raw(given.payload);
  } else {
    writer_.contents(given.payload);
  }
  if (given.ends) end(given);
}

void text_lines::add_preamble(std::span<const std::byte> bytes) {
  out_ += "preamble";
  const auto usual = rules_.framing.of(chunk::stream_side::client).start();
  if (!std::ranges::equal(bytes, usual.bytes)) {
    out_ += ':';
    append_raw(bytes);
  }
  out_ += '\n';
}

void text_lines::add_whole(const chunk::fragment& given) {
  const auto& id = given.head.id;
  if (!rules_.framing.definition && !rules_.may_nest(id, given.payload, 0)) {
    writer_.whole(id, given.payload);
  } else if (blocks_.empty()) {
    append_text(out_, given.placed(), rules_, takes_);
  } else {
    append_subchunk_text(out_, given.placed(), rules_, present(), blocks_.size());
  }
  out_ += '\n';
}

/// Begins the line of a chunk of which more fragments follow.
void text_lines::begin(const chunk::fragment& given) {
  const auto modifiers = modifiers_of_beginning(given, present());
  open_ = true;
  raw_ = !modifiers.expressible;
  if (!raw_) return writer_.begin(given.head.id, modifiers);
  out_ += chunk::raw_prefix;
  append_raw(given.head.front);
}

/// Ends it.
void text_lines::end(const chunk::fragment& given) {
  if (raw_) append_raw(given.tail);
  const bool rest = !raw_ && !given.tail.empty();
  end_line();
  if (rest) add_raw_line(given.tail);
}

/// Begins the block of a container.
void text_lines::enter(const chunk::fragment& given) {
  const auto& how = present();
  block made;
  made.subchunks = rules_.framing_in(rules_.find(given.head.id));
  const bool in_raw = !blocks_.empty() && blocks_.back().raw;
  const auto modifiers = modifiers_of_block(given, how);
  auto cut = modifiers_of_beginning(given, how);
  made.raw = in_raw || !modifiers.expressible || !cut.expressible;
  cut.fields.clear();
  // The length of an open container stands in its first line.
  if (!given.open) chunk::text_writer::append_modifiers(made.cut, cut);
  if (made.raw) {
    if (!in_raw) out_ += chunk::raw_prefix;
    open_ = raw_ = true;
    append_raw(given.head.front);
    append_raw(given.payload);
  } else {
    writer_.begin(given.head.id, modifiers);
    writer_.contents(given.payload);
    writer_.end();
    out_ += " {\n";
  }
  blocks_.push_back(std::move(made));
}

/// Ends the block of a container with what cannot be computed from its lines.
void text_lines::leave(const chunk::fragment& given) {
  if (blocks_.empty()) return;
  const bool raw = blocks_.back().raw;
  blocks_.pop_back();
  if (raw) {
    append_raw(given.tail);
    if (blocks_.empty() || !blocks_.back().raw) end_line();
    return;
  }
  auto modifiers = modifiers_of_end(given, present());
  modifiers.length.reset();
  modifiers.fields.clear();
  out_ += '}';
  chunk::text_writer::append_modifiers(out_, modifiers);
  out_ += '\n';
}

void text_lines::append_raw(std::span<const std::byte> bytes) {
  for (const auto value : bytes) chunk::append_escape(out_, value);
}

void text_lines::add_raw_line(std::span<const std::byte> bytes) {
  out_ += chunk::raw_prefix;
  append_raw(bytes);
  out_ += '\n';
}

void text_lines::end_line() {
  if (!open_) return;
  if (!raw_) writer_.end();
  out_ += '\n';
  open_ = raw_ = false;
}

void text_lines::finish(std::span<const std::byte> partial_header) {
  end_line();
  if (!partial_header.empty()) add_raw_line(partial_header);
  for (; !blocks_.empty(); blocks_.pop_back()) {
    if (!blocks_.back().raw) out_ += '}' + blocks_.back().cut + '\n';
  }
}

}  // namespace tools::format
