#include "format/formatted_output.hpp"

#include <chunk/session/chunk_reader.hpp>

namespace tools::format {
namespace {

/// Bytes of the whole chunks at the front of `bytes`, and all behind them from a long one on.
std::size_t ready(const chunk::framing& how, std::span<const std::byte> bytes) {
  const auto hold = chunk::session::reader_options{}.hold;
  bool all = false;
  std::uint64_t end = 0;
  const auto cut = for_each_chunk(how, bytes, 0, [&](const chunk::placed_chunk& each) {
    all = each.payload.size() > hold;
    end += each.size();
    return !all;
  });
  if (cut) {
    const auto& front = cut->front;
    all = front.is == chunk::header_reading::state::malformed || front.head.length > hold;
  }
  return all ? bytes.size() : static_cast<std::size_t>(end);
}

}  // namespace

void text_transport::show(std::span<const std::byte> bytes) {
  chunk::fragment given;
  for (auto before = bytes;; before = bytes) {
    if (!value_or_throw(decoder_.next(bytes, given))) {
      partial_header_.insert(partial_header_.end(), before.begin(), before.end());
      break;
    }
    if (given.begins) partial_header_.clear();
    lines_.add(given);
  }
  out_.flush();
}

std::optional<std::size_t> text_transport::write_now(std::span<const std::byte> bytes) {
  held_.insert(held_.end(), bytes.begin(), bytes.end());
  // Inside a long chunk nothing is held back; a chunk that fits is shown once it is whole.
  const auto count = decoder_.between_chunks() ? ready(rules_.framing, held_) : held_.size();
  show(std::span(held_).first(count));
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(count));
  return bytes.size();
}

void text_transport::finish() {
  show(held_);
  held_.clear();
  lines_.finish(partial_header_);
  out_.flush();
}

}  // namespace tools::format
