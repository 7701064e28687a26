#include "framing_definition.hpp"

#include "byte_order.hpp"
#include "crc32.hpp"

#include <algorithm>

namespace chunk {

void framing_definition::finish() {
  const bool ends_with_payload = trailer == trailer_kind::none && align == 1 && !header.has_pad();
  const bool is_literal = alone.empty() && open.empty() && large.empty();
  if (!header.is_fixed() || !ends_with_payload || !is_literal) return;
  const auto type = header.length_type();
  const auto sizes = header.size_around_length({}, {}, 0);
  const auto besides = counted(sizes, 0, 0, number_size(type), 0);
  if (besides > greatest_number(type)) return;
  const auto longest = std::min(greatest_number(type) - besides, no_limit - longest_header());
  plain = plain_lengths{static_cast<std::uint16_t>(besides), longest};
}

std::size_t framing_definition::trailer_size() const {
  switch (trailer) {
    case trailer_kind::none: break;
    case trailer_kind::crc32: return sizeof(std::uint32_t);
    case trailer_kind::literal: return trailer_bytes.size();
  }
  return 0;
}

std::size_t framing_definition::longest_header() const {
  std::size_t larger = 0;
  for (const auto& [value, type] : large) larger = std::max(larger, longest_number(type));
  return std::max(header.longest(), opening ? opening->longest() : 0) + larger;
}

bool framing_definition::is_alone(std::uint64_t length) const {
  return std::ranges::find(alone, length) != alone.end();
}

bool framing_definition::is_open(const id& id, std::uint64_t length) const {
  return std::ranges::any_of(
      open, [&](const id_length& each) { return each.length == length && each.id == id; });
}

header_reading framing_definition::read(std::span<const std::byte> bytes,
                                        bool opens) const noexcept {
  using state = header_reading::state;
  const bool first = opens && opening;
  const auto& layout = first ? *opening : header;
  const auto found = layout.read(bytes, first ? opening_ids : ids);
  header_reading out;
  out.id_size = found.id_size;
  out.size = found.size;
  out.head.id = found.id;
  if (found.is == number_reading::state::malformed) {
    out.is = state::malformed;
    return out;
  }
  if (found.is == number_reading::state::partial) return out;
  const auto refuse = [&] {
    out.is = state::malformed;
    return out;
  };
  out.value = found.length;
  std::uint64_t length = found.length;
  if (!alone.empty() && is_alone(length)) {
    out.is = state::whole;
    out.alone = true;
    out.head.front = bytes.first(out.size);
    return out;
  }
  if (!open.empty() && is_open(found.id, length)) {
    out.is = state::whole;
    out.open = true;
    out.head.length = no_limit;
    out.head.front = bytes.first(out.size);
    return out;
  }
  for (const auto& [value, type] : large) {
    if (value != length) continue;
    const auto number = read_number(type, bytes.subspan(out.size));
    if (number.is == number_reading::state::malformed) return refuse();
    out.size = static_cast<std::uint16_t>(out.size + number.size);
    if (number.is == number_reading::state::partial) return out;
    length = number.value;
    break;
  }
  std::uint64_t counted = 0;
  const auto trailing = trailer_size() + found.pad;
  const auto behind = std::size_t{out.size} - found.behind;
  switch (counts) {
    case counting::payload: break;
    case counting::after: counted = behind + trailing; break;
    case counting::length: counted = behind + found.length_size + trailing; break;
    case counting::all: counted = out.size + trailing; break;
  }
  if (length < counted) return refuse();
  out.is = state::whole;
  out.head.length = length - counted;
  out.head.front = bytes.first(out.size);
  out.tail = trailing;
  if (align > 1) {
    // A chunk with a length near the largest has no room for padding that would overflow.
    const auto unpadded = out.size + out.head.length + trailing;
    if (unpadded >= out.head.length) out.tail += out.padding = padding(unpadded);
  }
  return out;
}

bool framing_definition::is_special(const id& id, std::uint64_t length) const {
  return is_alone(length) || is_open(id, length) ||
         std::ranges::any_of(large, [&](const auto& each) { return each.first == length; });
}

/// What a length of `size` bytes counts, with `further` bytes of a larger one behind the header.
std::uint64_t framing_definition::counted(const header_layout::sizes& sizes, std::uint64_t payload,
                                          std::uint64_t pad, std::size_t size,
                                          std::size_t further) const {
  const auto all = payload + trailer_size() + pad + further;
  switch (counts) {
    case counting::payload: break;
    case counting::after: return all + sizes.behind;
    case counting::length: return all + sizes.behind + size;
    case counting::all: return all + sizes.others + size;
  }
  return payload;
}

std::optional<std::uint64_t> framing_definition::plain_length(const header_layout& layout,
                                                              const id& id, std::uint64_t payload,
                                                              std::span<const field_setting> set,
                                                              std::uint64_t pad) const {
  if (payload > no_limit - longest_header() - trailer_size() - pad) return std::nullopt;
  const auto sizes = layout.size_around_length(id, set, pad);
  const auto type = layout.length_type();
  // The length of a length that counts itself may depend on itself.
  auto size = number_size(type, 0);
  auto value = counted(sizes, payload, pad, size, 0);
  for (int round = 0; round < 3 && number_size(type, value) != size; ++round) {
    size = number_size(type, value);
    value = counted(sizes, payload, pad, size, 0);
  }
  return value;
}

std::optional<framing_definition::length_value> framing_definition::length_of(
    const header_layout& layout, const id& id, std::uint64_t payload,
    std::span<const field_setting> set, std::uint64_t pad) const {
  const auto value = plain_length(layout, id, payload, set, pad);
  if (!value) return std::nullopt;
  const auto type = layout.length_type();
  if (*value <= greatest_number(type) && !is_special(id, *value)) {
    return length_value{*value, std::nullopt};
  }
  const auto sizes = layout.size_around_length(id, set, pad);
  for (const auto& [mark, wide] : large) {
    if (is_open(id, mark)) continue;
    const auto second = counted(sizes, payload, pad, number_size(type, mark), number_size(wide));
    if (second <= greatest_number(wide)) return length_value{mark, std::pair(wide, second)};
  }
  return std::nullopt;
}

bool framing_definition::append_header(std::vector<std::byte>& out, const id& id,
                                       std::uint64_t payload, std::optional<std::uint64_t> declared,
                                       std::span<const field_setting> set,
                                       std::uint64_t pad) const {
  const auto& layout = layout_of(id);
  if (declared) {
    if (*declared > greatest_number(layout.length_type())) return false;
    layout.write(out, id, *declared, set, pad);
    return true;
  }
  const auto length = length_of(layout, id, payload, set, pad);
  if (!length) return false;
  layout.write(out, id, length->value, set, pad);
  if (length->large) {
    const auto& [type, value] = *length->large;
    const auto before = out.size();
    out.resize(before + number_size(type, value));
    write_number(type, value, std::span(out).subspan(before));
  }
  return true;
}

std::vector<std::byte> framing_definition::trailer_of(std::uint32_t checksum) const {
  switch (trailer) {
    case trailer_kind::none: break;
    case trailer_kind::literal: return trailer_bytes;
    case trailer_kind::crc32: {
      std::vector<std::byte> out(sizeof checksum);
      write_number(number_type::u32be, checksum, out);
      return out;
    }
  }
  return {};
}

std::uint32_t framing_definition::begin_checksum(const id& id,
                                                 std::span<const std::byte> front) const {
  if (trailer != trailer_kind::crc32) return 0;
  return crc32(0, front.subspan(layout_of(id).read(front, ids).behind));
}

std::uint32_t framing_definition::add_to_checksum(std::uint32_t sum,
                                                  std::span<const std::byte> payload) const {
  return trailer == trailer_kind::crc32 ? crc32(sum, payload) : sum;
}

bool framing_definition::tail_parts::has_zero_padding() const {
  return std::ranges::all_of(padding, [](std::byte each) { return each == std::byte{0}; });
}

framing_definition::tail_parts framing_definition::split_tail(
    std::span<const std::byte> tail) const {
  const auto size = std::min(trailer_size(), tail.size());
  return {tail.first(size), tail.subspan(size)};
}

bool framing_definition::is_trailer(std::span<const std::byte> bytes,
                                    std::uint32_t checksum) const {
  switch (trailer) {
    case trailer_kind::none: break;
    case trailer_kind::literal: return std::ranges::equal(bytes, trailer_bytes);
    case trailer_kind::crc32:
      return bytes.size() == sizeof checksum &&
             load_big_endian<std::uint32_t>(bytes.first<sizeof checksum>()) == checksum;
  }
  return bytes.empty();
}

std::uint64_t framing_definition::tail_size(const id& id, std::span<const std::byte> front,
                                            std::uint64_t payload) const {
  const auto found = read_again(id, front);
  if (!found.has_tail()) return 0;
  const auto unaligned = found.tail - found.padding;
  return unaligned + padding(front.size() + payload + unaligned);
}

std::vector<std::byte> framing_definition::tail_of(const chunk_view& chunk) const {
  auto out = trailer_of(checksum_of(chunk));
  out.resize(static_cast<std::size_t>(tail_size(chunk.id, chunk.front, chunk.payload.size())));
  return out;
}

}  // namespace chunk
