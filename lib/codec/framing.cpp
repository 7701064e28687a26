#include "chunk/framing.hpp"

#include "byte_order.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace chunk {
namespace {

// The chunk framing. Source: chunk(5), FORMAT
constexpr std::size_t id_size = sizeof(id::bytes);
constexpr std::size_t length_size = sizeof(header::length);
constexpr std::size_t chunk_header_size = id_size + length_size;

/// Reads a header that is whole.
header load_chunk_header(std::span<const std::byte, chunk_header_size> bytes) noexcept {
  header value;
  std::copy_n(bytes.begin(), id_size, value.id.bytes.begin());
  value.length = load_little_endian<std::uint32_t>(bytes.last<length_size>());
  return value;
}

header_reading read_chunk_header(std::span<const std::byte> bytes) noexcept {
  header_reading out;
  out.size = chunk_header_size;
  if (bytes.size() >= chunk_header_size) {
    out.is = header_reading::state::whole;
    out.id_size = id_size;
    out.head = load_chunk_header(bytes.first<chunk_header_size>());
    return out;
  }
  const auto there = std::min(bytes.size(), id_size);
  std::copy_n(bytes.begin(), there, out.head.id.bytes.begin());
  out.id_size = static_cast<std::uint8_t>(there);
  return out;
}

void write_chunk_header(const header& value, std::span<std::byte> out) noexcept {
  std::copy_n(value.id.bytes.begin(), id_size, out.begin());
  store_little_endian<std::uint32_t>(value.length, out.subspan<id_size, length_size>());
}

header header_of(const chunk_view& value) noexcept {
  return {value.id, static_cast<std::uint32_t>(value.payload.size())};
}

error truncated_header(const header_reading& front, std::uint64_t offset, std::size_t there) {
  const auto id = std::span(front.head.id.bytes).first(front.id_size);
  return {errc::truncated,
          fmt::format("truncated at byte {:#x}: {}: a header has {} bytes, {} are there", offset,
                      escaped(id), front.size, there)};
}

error truncated_payload(const header& head, std::uint64_t offset, std::uint64_t there) {
  return {errc::truncated,
          fmt::format("truncated at byte {:#x}: {} declares {} bytes, {} are there", offset,
                      to_text(head.id), head.length, there)};
}

error no_header(std::span<const std::byte> bytes, std::uint64_t offset) {
  return {errc::violation, fmt::format("no header at byte {:#x}: {}", offset, escaped(bytes))};
}

}  // namespace

header_reading framing::read_header(std::span<const std::byte> bytes) const noexcept {
  return headers ? headers->read(bytes) : read_chunk_header(bytes);
}

std::size_t framing::largest_header() const noexcept {
  return headers ? headers->largest : chunk_header_size;
}

std::size_t framing::header_size(const header& value) const noexcept {
  return headers ? headers->size(value) : chunk_header_size;
}

void framing::write_header(const header& value, std::span<std::byte> out) const noexcept {
  return headers ? headers->write(value, out) : write_chunk_header(value, out);
}

// --- encoding ---

std::vector<std::byte> encode(const header& value, const framing& how) {
  std::vector<std::byte> out;
  append(out, value, how);
  return out;
}

std::size_t encoded_size(const chunk_view& value, const framing& how) noexcept {
  return how.header_size(header_of(value)) + value.payload.size();
}

std::size_t encode(const chunk_view& value, std::span<std::byte> out, const framing& how) noexcept {
  assert(value.payload.size() <= max_length && out.size() >= encoded_size(value, how));
  const auto head = header_of(value);
  how.write_header(head, out);
  const auto behind = out.subspan(how.header_size(head));
  std::ranges::copy(value.payload, behind.begin());
  return out.size() - behind.size() + value.payload.size();
}

void append(std::vector<std::byte>& out, const header& value, const framing& how) {
  const auto before = out.size();
  out.resize(before + how.header_size(value));
  how.write_header(value, std::span(out).subspan(before));
}

void append(std::vector<std::byte>& out, const chunk_view& value, const framing& how) {
  const auto before = out.size();
  out.resize(before + encoded_size(value, how));
  encode(value, std::span(out).subspan(before), how);
}

// --- decoding ---

error too_large(const header& head, std::uint64_t offset, std::uint32_t max_payload) {
  return {errc::too_large, fmt::format("too large at byte {:#x}: {} declares {} bytes, {} are "
                                       "allowed",
                                       offset, to_text(head.id), head.length, max_payload)};
}

result<bool> decoder::next(std::span<const std::byte>& input, fragment& out) {
  if (remaining_ != 0) {
    if (input.empty()) return false;
    out.begins = false;
    take_payload(input, out);
    return true;
  }
  // Most chunks have the chunk framing, and their header is in one piece.
  if (!framing_.headers && input.size() >= chunk_header_size && stash_.empty()) {
    const auto head = load_chunk_header(input.first<chunk_header_size>());
    if (head.length <= max_payload_) {
      const auto begin = std::exchange(offset_, offset_ + chunk_header_size);
      input = input.subspan(chunk_header_size);
      if (head.length <= input.size()) {
        // It is there whole and leaves nothing to remember.
        out = {head, begin, input.first(head.length), true, true, chunk_header_size};
        input = input.subspan(head.length);
        offset_ += head.length;
        return true;
      }
      front_ = {header_reading::state::whole, id_size, chunk_header_size, head};
      begin_ = begin;
      remaining_ = head.length;
      out.begins = true;
      take_payload(input, out);
      return true;
    }
  }
  return begin(input, out);
}

/// Begins a chunk once its header is whole.
result<bool> decoder::begin(std::span<const std::byte>& input, fragment& out) {
  if (!refused_ && !take_header(input)) return false;
  if (refused_) return tl::unexpected(refusal());
  remaining_ = front_.head.length;
  out.begins = true;
  take_payload(input, out);
  return true;
}

/// Takes a header, or the beginning of one, from the input. An incomplete or refused header is kept
/// in the stash. Returns: whether the header is whole
bool decoder::take_header(std::span<const std::byte>& input) {
  const auto before = stash_.size();
  if (before == 0) begin_ = offset_;
  auto bytes = input.first(std::min(framing_.largest_header() - before, input.size()));
  if (before != 0) {
    stash_.insert(stash_.end(), bytes.begin(), bytes.end());
    bytes = stash_;
  }
  front_ = framing_.read_header(bytes);
  const bool done = front_.is != header_reading::state::partial;
  const bool malformed = front_.is == header_reading::state::malformed;
  refused_ = malformed || (done && front_.head.length > max_payload_);
  const auto used = done ? front_.size : bytes.size();
  if (done && !refused_) {
    stash_.clear();
  } else if (before == 0) {
    stash_.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(used));
  } else {
    stash_.resize(used);
  }
  input = input.subspan(used - before);
  offset_ += used - before;
  return done;
}

void decoder::take_payload(std::span<const std::byte>& input, fragment& out) {
  const auto taken = std::min<std::size_t>(remaining_, input.size());
  out.head = front_.head;
  out.offset = begin_;
  out.header_size = front_.size;
  out.payload = input.first(taken);
  input = input.subspan(taken);
  offset_ += taken;
  remaining_ -= static_cast<std::uint32_t>(taken);
  out.ends = remaining_ == 0;
}

void decoder::skip_payload(std::uint32_t count) {
  assert(count < remaining_);
  offset_ += count;
  remaining_ -= count;
}

error decoder::refusal() const {
  if (front_.is == header_reading::state::malformed) return no_header(stash_, begin_);
  return too_large(front_.head, begin_, max_payload_);
}

result<void> decoder::finish() const {
  if (between_chunks()) return {};
  if (refused_) return tl::unexpected(refusal());
  if (remaining_ == 0) return tl::unexpected(truncated_header(front_, begin_, stash_.size()));
  const auto there = front_.head.length - remaining_;
  return tl::unexpected(truncated_payload(front_.head, begin_, there));
}

// --- walking ---

bool take_chunk(const framing& how, std::span<const std::byte>& bytes, std::uint64_t& offset,
                placed_chunk& out) noexcept {
  const auto front = how.read_header(bytes);
  if (front.is != header_reading::state::whole) return false;
  const auto behind = bytes.subspan(front.size);
  if (front.head.length > behind.size()) return false;
  out.id = front.head.id;
  out.payload = behind.first(front.head.length);
  out.offset = offset;
  out.header_size = front.size;
  const auto size = how.chunk_size(front);
  bytes = bytes.subspan(static_cast<std::size_t>(size));
  offset += size;
  return true;
}

misfit describe_misfit(const framing& how, std::span<const std::byte> bytes,
                       std::uint64_t offset) noexcept {
  return {how.read_header(bytes), offset, bytes};
}

error misfit::why() const {
  switch (front.is) {
    case header_reading::state::whole:
      return truncated_payload(front.head, offset, rest.size() - front.size);
    case header_reading::state::partial: return truncated_header(front, offset, rest.size());
    case header_reading::state::malformed: break;
  }
  return no_header(rest.first(front.size), offset);
}

result<std::vector<placed_chunk>> split(std::span<const std::byte> payload, std::uint64_t offset,
                                        const framing& how) {
  std::vector<placed_chunk> out;
  const auto wrong = for_each_chunk(how, payload, offset, [&](const placed_chunk& each) {
    out.push_back(each);
    return true;
  });
  if (wrong) return tl::unexpected(error{errc::malformed, "subchunks " + wrong->why().detail});
  return out;
}

}  // namespace chunk
