#include "dump/assembler.hpp"

#include <utility>

namespace tools::dump {

/// Decides about a fragment of an incomplete or long chunk. Returns: whether to give `out` now
bool assembler::hold_back(chunk::fragment& out) {
  if (out.begins) {
    present_ = out;
    present_.ends = false;
    present_.payload = {};
  }
  if (out.head.length > hold_) {
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

assembler::fault assembler::make_fault(const chunk::error& why) const {
  fault out;
  out.why = why;
  out.bytes = decoder_.partial_header();
  out.offset = header_at_;
  out.end = decoder_.offset();
  return out;
}

bool assembler::next(std::span<const std::byte>& input, chunk::fragment& out) {
  // Frees memory, so that idle connections hold none.
  if (std::exchange(given_, false)) std::vector<std::byte>().swap(held_);
  if (std::exchange(end_due_, false)) {
    out = present_;
    out.begins = false;
    out.ends = true;
    return true;
  }
  while (!broken_ && (!input.empty() || ended_)) {
    if (decoder_.between_chunks()) header_at_ = decoder_.offset();
    const auto more = decoder_.next(input, out);
    if (!more) {
      broken_ = true;
      fault_ = make_fault(more.error());
      break;
    }
    if (!*more) return false;
    under_way_ = !out.ends;
    const bool whole = out.begins && out.ends && out.head.length <= hold_;
    if (whole || hold_back(out)) return true;
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
  out.begun = present_.head.length > hold_;
  if (out.begun) {
    long_header_ = encode(present_.head, framing_);
    out.bytes = long_header_;
  } else {
    out.truncated->payload = held_;
  }
  return out;
}

}  // namespace tools::dump
