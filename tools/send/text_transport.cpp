#include "send/text_transport.hpp"

namespace sending {

std::optional<std::size_t> text_transport::write_now(std::span<const std::byte> bytes) {
  auto rest = bytes;
  chunk::part given;
  for (auto before = rest;; before = rest) {
    if (!value_or_throw(decoder_.next(rest, given))) {
      partial_header_.insert(partial_header_.end(), before.begin(), before.end());
      break;
    }
    if (given.begins) partial_header_.clear();
    lines_.add(given);
  }
  out_.flush();
  return bytes.size();
}

void text_transport::finish() {
  lines_.finish(partial_header_);
  out_.flush();
}

}  // namespace sending
