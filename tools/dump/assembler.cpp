#include "dump/assembler.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tools::dump {

/// Frees what the last fragment borrowed, so that idle connections hold nothing.
void assembler::forget_given() {
  if (!std::exchange(given_, false)) return;
  if (stray_.kind != chunk::fragment_kind::stray) return std::vector<std::byte>().swap(held_);
  const auto given = static_cast<std::ptrdiff_t>(stray_.payload.size());
  held_.erase(held_.begin(), held_.begin() + given);
  stray_.offset += stray_.payload.size();
  if (stray_over_ && held_.empty()) stray_ = {};
}

/// The rule of a chunk that is to be walked; nullptr: it is not.
const chunk::rule* assembler::container_of(const chunk::header_reading& front) const {
  if (front.is != chunk::header_reading::state::whole) return nullptr;
  const auto length = front.head.length;
  const auto* const known = rules_->find(front.head.id);
  const bool is_one = rules_->contains(known, decoder_.level()) && length > known->prefix;
  return is_one && (front.open || length > hold_) ? known : nullptr;
}

/// Finds out whether a container comes next. Returns: nullopt if it takes more bytes to tell, or
/// its beginning is not whole; all of `input` was taken then
std::optional<assembler::outlook> assembler::look_ahead(std::span<const std::byte>& input) {
  for (;;) {
    const auto bytes = front_.empty() ? input : std::span<const std::byte>(front_);
    const auto front = decoder_.peek(bytes);
    const auto* const container = container_of(front);
    std::size_t wanted = 0;
    if (front.is == chunk::header_reading::state::partial) wanted = front.size;
    if (container) wanted = front.size + container->prefix;
    if (bytes.size() >= wanted) return outlook{container ? wanted : bytes.size(), container};
    if (ended_) return outlook{bytes.size(), nullptr};
    const auto more = input.first(std::min(input.size(), wanted - front_.size()));
    front_.insert(front_.end(), more.begin(), more.end());
    input = input.subspan(more.size());
    if (front_.size() < wanted) return std::nullopt;
  }
}

/// Decides about a fragment of an incomplete or long chunk. Returns: whether to give `out` now
bool assembler::hold_back(chunk::fragment& out) {
  if (out.begins) {
    present_ = out;
    present_.ends = false;
    present_.payload = {};
  }
  if (is_long(out)) {
    out.payload = {};
    end_due_ = out.begins && out.ends;
    if (end_due_) {
      out.ends = out.wrong_trailer = out.wrong_padding = false;
      out.tail = {};
    }
    return out.begins || out.ends;
  }
  held_.insert(held_.end(), out.payload.begin(), out.payload.end());
  if (!out.ends) return false;
  out.begins = true;
  out.payload = held_;
  given_ = true;
  return true;
}

/// Takes bytes that are not a chunk. Returns: whether they are to be given now
bool assembler::gather_stray(const chunk::fragment& given) {
  if (given.begins) {
    stray_ = given;
    stray_over_ = false;
  }
  held_.insert(held_.end(), given.payload.begin(), given.payload.end());
  stray_over_ = given.ends;
  return stray_over_ || held_.size() >= hold_;
}

/// Gives a block of them that is whole. Returns: false if there is none
bool assembler::give_stray(chunk::fragment& out) {
  if (stray_.kind != chunk::fragment_kind::stray || held_.empty()) return false;
  if (!stray_over_ && !ended_ && held_.size() < hold_) return false;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(held_.size(), hold_));
  stray_.payload = std::span<const std::byte>(held_).first(size);
  stray_.begins = stray_.ends = true;
  out = stray_;
  given_ = true;
  return true;
}

/// Decides about a fragment. Returns: whether to give `out` now
bool assembler::give(chunk::fragment& out) {
  if (out.kind == chunk::fragment_kind::stray) return gather_stray(out) && give_stray(out);
  under_way_ = !out.ends && !out.enters;
  const bool whole = out.begins && out.ends && !is_long(out);
  return whole || out.enters || out.leaves || hold_back(out);
}

assembler::fault assembler::make_fault(const chunk::error& why) const {
  fault out;
  out.why = why;
  out.bytes = decoder_.partial_header();
  out.offset = header_at_;
  out.end = decoder_.offset();
  return out;
}

/// Takes a chunk that has come whole and is no longer than those that are held, which most are.
/// Returns: false if there is none
bool assembler::take_whole(std::span<const std::byte>& input, chunk::fragment& out) {
  const bool in_pieces = decoded_ < front_.size();
  const auto begin = decoder_.offset();
  if (broken_ || in_pieces || !decoder_.take_whole(input, out, hold_)) return false;
  header_at_ = begin;
  under_way_ = false;
  return true;
}

bool assembler::next(std::span<const std::byte>& input, chunk::fragment& out) {
  forget_given();
  if (std::exchange(end_due_, false)) {
    out = present_;
    out.begins = false;
    out.ends = true;
    return true;
  }
  if (give_stray(out)) return true;
  if (take_whole(input, out)) return true;
  while (!broken_ && (!input.empty() || decoded_ < front_.size() || ended_)) {
    if (decoded_ == front_.size()) {
      front_.clear();
      decoded_ = 0;
    }
    outlook ahead{std::numeric_limits<std::size_t>::max(), nullptr};
    if (decoder_.between_chunks()) {
      header_at_ = decoder_.offset();
      if (rules_ && !decoder_.pending()) {
        const auto known = look_ahead(input);
        if (!known) return false;
        ahead = *known;
      }
    }
    // What has come before `input` is decoded first.
    const bool in_pieces = decoded_ < front_.size();
    const auto source = in_pieces ? std::span<const std::byte>(front_).subspan(decoded_) : input;
    auto rest = source.first(std::min(source.size(), ahead.most));
    const auto size = rest.size();
    const auto more = decoder_.next(rest, out);
    if (in_pieces) {
      decoded_ += size - rest.size();
    } else {
      input = input.subspan(size - rest.size());
    }
    if (!more) {
      broken_ = true;
      fault_ = make_fault(more.error());
      break;
    }
    if (!*more) {
      if (in_pieces) continue;
      return false;
    }
    if (ahead.container) {
      decoder_.enter(rules_->framing_in(ahead.container));
      out.enters = true;
    }
    if (give(out)) return true;
  }
  input = {};
  return false;
}

std::optional<assembler::fault> assembler::take_fault() {
  return std::exchange(fault_, std::nullopt);
}

void assembler::end() {
  ended_ = true;
  decoder_.end();
}

std::optional<assembler::fault> assembler::finish() {
  if (broken_) return std::nullopt;
  const auto end = decoder_.finish();
  if (end) return std::nullopt;
  broken_ = true;
  auto out = make_fault(end.error());
  if (!under_way_) return out;
  out.tail = out.bytes;
  out.bytes = {};
  out.truncated = present_;
  out.offset = present_.offset;
  out.begun = is_long(present_);
  if (out.begun) {
    const auto front = present_.head.front;
    long_header_.assign(front.begin(), front.end());
    if (front.empty()) long_header_ = encode(present_.head, framing_);
    out.bytes = long_header_;
  } else {
    out.truncated->payload = held_;
  }
  return out;
}

}  // namespace tools::dump
