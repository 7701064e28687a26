#include "header_layout.hpp"

#include <algorithm>

namespace chunk {
namespace {

using role = header_item::role;
using state = number_reading::state;

}  // namespace

id header_layout::id_in(std::span<const std::byte> header, const id_form& ids) const noexcept {
  if (id_ && ids.is_number) return id_of_number(id_place_.load(header), ids);
  return id_of_bytes(header.subspan(id_place_.at, id_place_.size), &ids);
}

void header_layout::write_fixed(std::span<std::byte> out, const chunk::id& id,
                                std::uint64_t length) const noexcept {
  std::copy(blank_.begin(), blank_.end(), out.begin());
  length_place_.store(length, out);
  if (!id_) return;
  if (items_[*id_].number) {
    id_place_.store(id.number(), out);
  } else {
    std::copy_n(id.bytes.begin(), id_place_.size, out.begin() + id_place_.at);
  }
}

layout_reading header_layout::read_fixed(std::span<const std::byte> bytes,
                                         const id_form& ids) const noexcept {
  layout_reading out;
  out.is = state::whole;
  out.size = static_cast<std::uint16_t>(longest_);
  out.length = length_in(bytes);
  out.behind = static_cast<std::uint16_t>(length_place_.at + length_place_.size);
  out.length_size = length_place_.size;
  out.id_size = id_place_.size;
  out.id = id_in(bytes, ids);
  if (pad_) out.pad = pad_place_.load(bytes);
  return out;
}

layout_reading header_layout::read(std::span<const std::byte> bytes,
                                   const id_form& ids) const noexcept {
  return fixed_ && bytes.size() >= longest_ ? read_fixed(bytes, ids) : read_items(bytes, ids);
}

layout_reading header_layout::read_items(std::span<const std::byte> bytes,
                                         const id_form& ids) const noexcept {
  layout_reading out;
  out.id.form = &ids;
  std::size_t at = 0;
  for (const auto& each : items_) {
    const auto rest = bytes.subspan(std::min(at, bytes.size()));
    if (each.is == role::literal) {
      const auto there = rest.first(std::min(rest.size(), each.size));
      const auto stop = std::ranges::mismatch(there, each.bytes).in1 - there.begin();
      const auto same = static_cast<std::size_t>(stop);
      if (same < there.size()) {
        out.is = state::malformed;
        out.size = static_cast<std::uint16_t>(at + same + 1);
        return out;
      }
      at += each.size;
      continue;
    }
    if (!each.number) {
      if (each.is == role::id) {
        const auto there = std::min(rest.size(), each.size);
        std::copy_n(rest.begin(), there, out.id.bytes.begin());
        out.id_size = static_cast<std::uint8_t>(there);
      }
      at += each.size;
      continue;
    }
    const auto number = read_number(*each.number, rest);
    if (number.is == state::malformed) {
      out.is = state::malformed;
      out.size = static_cast<std::uint16_t>(at + number.size);
      return out;
    }
    at += number.size;
    if (number.is == state::partial) continue;
    if (each.is == role::length) {
      out.length = number.value;
      out.behind = static_cast<std::uint16_t>(at);
      out.length_size = number.size;
    } else if (each.is == role::id) {
      out.id = id_of_number(number.value, ids);
      out.id_size = number.size;
    } else if (each.is == role::pad) {
      out.pad = number.value;
    }
  }
  out.size = static_cast<std::uint16_t>(at);
  out.is = at <= bytes.size() ? state::whole : state::partial;
  return out;
}

std::span<const std::byte> header_layout::item(std::size_t index,
                                               std::span<const std::byte> header) const {
  std::size_t at = 0;
  for (std::size_t each = 0; each < items_.size(); ++each) {
    const auto& known = items_[each];
    auto size = known.size;
    if (size == 0) size = read_number(*known.number, header.subspan(at)).size;
    if (each == index) return header.subspan(at, size);
    at += size;
  }
  return {};
}

std::vector<field_setting> header_layout::fields_of(std::span<const std::byte> header) const {
  std::vector<field_setting> out;
  for (std::size_t index = 0; index < items_.size(); ++index) {
    if (items_[index].is != role::field) continue;
    const auto bytes = item(index, header);
    out.push_back({index, {bytes.begin(), bytes.end()}});
  }
  return out;
}

namespace {

const field_setting* setting_of(std::size_t index, std::span<const field_setting> set) {
  const auto found = std::ranges::find(set, index, &field_setting::item);
  return found == set.end() ? nullptr : &*found;
}

}  // namespace

header_layout::sizes header_layout::size_around_length(const id& id,
                                                       std::span<const field_setting> set,
                                                       std::uint64_t pad) const {
  sizes out;
  for (std::size_t index = 0; index < items_.size(); ++index) {
    if (index == length_) {
      out.behind = 0;
      continue;
    }
    const auto& each = items_[index];
    auto size = each.size;
    if (each.is == role::field) {
      const auto* given = setting_of(index, set);
      size = given ? given->bytes.size() : each.bytes.size();
    } else if (each.is == role::id && each.number) {
      size = number_size(*each.number, id.number());
    } else if (each.is == role::pad) {
      size = number_size(*each.number, pad);
    }
    out.others += size;
    out.behind += size;
  }
  return out;
}

void header_layout::write(std::vector<std::byte>& out, const id& id, std::uint64_t length,
                          std::span<const field_setting> set, std::uint64_t pad) const {
  const auto put_number = [&](number_type type, std::uint64_t value) {
    const auto before = out.size();
    out.resize(before + number_size(type, value));
    write_number(type, value, std::span(out).subspan(before));
  };
  const auto put = [&](std::span<const std::byte> bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
  };
  for (std::size_t index = 0; index < items_.size(); ++index) {
    const auto& each = items_[index];
    switch (each.is) {
      case role::literal: put(each.bytes); break;
      case role::length: put_number(*each.number, length); break;
      case role::pad: put_number(*each.number, pad); break;
      case role::id:
        if (each.number) {
          put_number(*each.number, id.number());
        } else {
          put(std::span(id.bytes).first(each.size));
        }
        break;
      case role::field: {
        const auto* given = setting_of(index, set);
        put(given ? given->bytes : each.bytes);
        break;
      }
    }
  }
}

}  // namespace chunk
