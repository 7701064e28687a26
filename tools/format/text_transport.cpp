#include "format/text_transport.hpp"

#include <chunk/session/chunk_reader.hpp>

namespace tools::format {
namespace {

/// Bytes of the whole chunks at the front of `bytes`, up to and with what there is of a long one.
std::size_t ready(std::span<const std::byte> bytes) {
  std::size_t end = 0;
  while (bytes.size() - end >= chunk::header_size) {
    const auto rest = bytes.subspan(end);
    const auto head = chunk::decode_header(rest.first<chunk::header_size>());
    if (head.length > chunk::session::reader_options{}.hold) return bytes.size();
    if (rest.size() - chunk::header_size < head.length) break;
    end += chunk::header_size + head.length;
  }
  return end;
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
  const auto count = decoder_.between_chunks() ? ready(held_) : held_.size();
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
