#include "chunk/framing.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cassert>

namespace chunk {

std::array<std::byte, header_size> encode(const header& value) noexcept {
  const auto octet = [&](unsigned shift) {
    return static_cast<std::byte>(value.length >> shift & 0xff);
  };
  const auto& id = value.id.bytes;
  return {id[0], id[1], id[2], id[3], octet(0), octet(8), octet(16), octet(24)};
}

header decode_header(std::span<const std::byte, header_size> bytes) noexcept {
  const auto octet = [&](std::size_t at) { return std::to_integer<std::uint32_t>(bytes[at]); };
  header value;
  std::copy_n(bytes.begin(), value.id.bytes.size(), value.id.bytes.begin());
  value.length = octet(4) | octet(5) << 8 | octet(6) << 16 | octet(7) << 24;
  return value;
}

std::size_t encode(const chunk_view& value, std::span<std::byte> out) noexcept {
  assert(value.payload.size() <= max_length && out.size() >= header_size + value.payload.size());
  const auto head = encode(header{value.id, static_cast<std::uint32_t>(value.payload.size())});
  std::copy(head.begin(), head.end(), out.begin());
  std::copy(value.payload.begin(), value.payload.end(), out.begin() + header_size);
  return header_size + value.payload.size();
}

error too_large(const header& head, std::uint64_t offset, std::uint32_t max_payload) {
  return {errc::too_large, fmt::format("too large at byte {:#x}: {} declares {} bytes, {} are "
                                       "allowed",
                                       offset, to_text(head.id), head.length, max_payload)};
}

result<bool> decoder::next(std::span<const std::byte>& input, fragment& out) {
  out.begins = false;
  if (!inside_) {
    if (stashed_ == 0) begin_ = offset_;
    if (stashed_ == 0 && input.size() >= header_size) {
      head_ = decode_header(input.first<header_size>());
      input = input.subspan(header_size);
      offset_ += header_size;
    } else {
      const auto taken = std::min(header_size - stashed_, input.size());
      std::copy_n(input.begin(), taken, stash_.begin() + static_cast<std::ptrdiff_t>(stashed_));
      stashed_ += taken;
      offset_ += taken;
      input = input.subspan(taken);
      if (stashed_ < header_size) return false;
      head_ = decode_header(stash_);
    }
    if (head_.length > max_payload_) {
      // The header stays in the stash, so that a further call finds the same chunk and refuses it.
      stash_ = encode(head_);
      stashed_ = header_size;
      return tl::unexpected(too_large(head_, begin_, max_payload_));
    }
    stashed_ = 0;
    inside_ = true;
    remaining_ = head_.length;
    out.begins = true;
  } else if (input.empty()) {
    return false;
  }

  const auto taken = std::min<std::size_t>(remaining_, input.size());
  out.head = head_;
  out.offset = begin_;
  out.payload = input.first(taken);
  input = input.subspan(taken);
  offset_ += taken;
  remaining_ -= static_cast<std::uint32_t>(taken);
  inside_ = remaining_ != 0;
  out.ends = !inside_;
  return true;
}

void decoder::skip_payload(std::uint32_t count) {
  assert(count < remaining_);
  offset_ += count;
  remaining_ -= count;
}

result<void> decoder::finish() const {
  if (between_chunks()) return {};
  if (stashed_ == header_size) return tl::unexpected(too_large(head_, begin_, max_payload_));
  if (inside_) {
    return tl::unexpected(
        error{errc::truncated,
              fmt::format("truncated at byte {:#x}: {} declares {} bytes, {} are there", begin_,
                          to_text(head_.id), head_.length, head_.length - remaining_)});
  }
  // Of a header in pieces, as much of the ID is named as is there.
  const auto id = std::span(stash_).first(std::min(stashed_, head_.id.bytes.size()));
  return tl::unexpected(
      error{errc::truncated, fmt::format("truncated at byte {:#x}: {}: a header has {} bytes, {} "
                                         "are there",
                                         begin_, escaped(id), header_size, stashed_)});
}

result<std::vector<chunk_view>> split(std::span<const std::byte> payload, std::uint64_t offset) {
  std::vector<chunk_view> subchunks;
  decoder inner;
  inner.skip(offset);
  auto rest = payload;
  fragment given;
  // Nothing is too large for a decoder without a limit; what does not fit is found by finish().
  while (*inner.next(rest, given) && given.ends) {
    subchunks.push_back({given.head.id, given.payload});
  }
  if (const auto done = inner.finish(); !done) {
    return tl::unexpected(error{errc::malformed, "subchunks " + done.error().detail});
  }
  return subchunks;
}

}  // namespace chunk
