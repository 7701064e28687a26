#include "header_layout.hpp"

#include <chunk/decimal.hpp>
#include <chunk/escape.hpp>
#include <chunk/notation.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace chunk {
namespace {

using role = header_item::role;
using state = number_reading::state;

/// Source: chunk-protocol(5), FRAMING
constexpr std::size_t longest_header = 256;

constexpr std::string_view header_types =
    "u8, u16 u24 u32 u64 with le or be, varint, hex4, digits, or a number of bytes";

tl::unexpected<text_mistake> mistaken(std::size_t at, std::string reason) {
  return tl::unexpected(text_mistake{at, std::move(reason)});
}

bool is_name_letter(char c, bool first) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  return letter || (!first && ((c >= '0' && c <= '9') || c == '-'));
}

bool is_field_name(std::string_view name) {
  if (name.empty() || !is_name_letter(name.front(), true)) return false;
  return std::ranges::all_of(name, [](char c) { return is_name_letter(c, false); });
}

/// Reads the text of a layout, item by item.
class layout_parser {
 public:
  explicit layout_parser(std::string_view text) : text_(text) {}

  tl::expected<std::vector<header_item>, text_mistake> parse() {
    std::vector<header_item> out;
    for (;;) {
      while (at_ < text_.size() && text_[at_] == ' ') ++at_;
      if (at_ == text_.size()) break;
      starts_.push_back(at_);
      auto item = text_[at_] == '"' ? parse_literal() : parse_named();
      if (!item) return tl::unexpected(item.error());
      out.push_back(std::move(*item));
    }
    if (auto wrong = find_mistake(out)) return tl::unexpected(std::move(*wrong));
    return out;
  }

 private:
  tl::expected<header_item, text_mistake> parse_literal() {
    const auto begin = at_ + 1;
    const auto stop = text_.find('"', begin);
    if (stop == text_.npos) return mistaken(at_, "a literal without its closing quote");
    const auto bytes = unescape(text_.substr(begin, stop - begin));
    if (!bytes) return mistaken(begin, bytes.error().detail);
    if (bytes->empty()) return mistaken(at_, "an empty literal");
    at_ = stop + 1;
    if (at_ < text_.size() && text_[at_] != ' ') return mistaken(at_, "a blank is missing here");
    header_item out;
    out.size = bytes->size();
    out.bytes = *bytes;
    return out;
  }

  tl::expected<header_item, text_mistake> parse_named() {
    const auto begin = at_;
    const auto stop = std::min(text_.find(' ', begin), text_.size());
    const auto word = text_.substr(begin, stop - begin);
    at_ = stop;
    const auto colon = word.find(':');
    if (colon == word.npos) {
      return mistaken(begin, fmt::format("'{}' is neither NAME:TYPE nor \"bytes\"", quoted(word)));
    }
    const auto name = word.substr(0, colon);
    if (!is_field_name(name)) {
      return mistaken(begin,
                      fmt::format("'{}' is not a name: letters, digits, - and _", quoted(name)));
    }
    const auto type_at = begin + colon + 1;
    auto type = word.substr(colon + 1);
    const auto equals = type.find('=');
    std::optional<std::string_view> given;
    if (equals != type.npos) {
      given = type.substr(equals + 1);
      type = type.substr(0, equals);
    }
    header_item out;
    out.is = name == "length" ? role::length
             : name == "id"   ? role::id
             : name == "pad"  ? role::pad
                              : role::field;
    if (out.is == role::field) {
      if (is_modifier(name)) {
        return mistaken(begin, fmt::format("a field cannot be named '{}', which is a modifier of "
                                           "the notation",
                                           name));
      }
      out.name = name;
    }
    out.number = find_number_type(type);
    if (!out.number) {
      const auto size = parse_unsigned(type);
      if (!size || *size == 0 || type.front() == '0') {
        return mistaken(type_at,
                        fmt::format("no type '{}'; there are {}", quoted(type), header_types));
      }
      if (*size > longest_header) return mistaken(type_at, "a header has at most 256 bytes");
      out.size = static_cast<std::size_t>(*size);
    } else {
      out.size = number_size(*out.number);
    }
    return parse_given(std::move(out), given, type_at + equals + 1, type_at);
  }

  /// Sets the default of a field, and refuses one for anything else.
  tl::expected<header_item, text_mistake> parse_given(header_item out,
                                                      std::optional<std::string_view> given,
                                                      std::size_t at, std::size_t type_at) {
    if (out.is == role::length && !out.number) {
      return mistaken(type_at, "the length is a number, not a number of bytes");
    }
    if (out.is == role::pad && (!out.number || *out.number != number_type::u8)) {
      return mistaken(type_at, "'pad' is a u8");
    }
    if (out.is == role::id && !out.number && out.size > max_id_size) {
      return mistaken(type_at, "an ID has at most 16 bytes");
    }
    if (out.is != role::field) {
      if (given) return mistaken(at, "only a field has a default");
      return out;
    }
    if (!out.number) {
      out.bytes.assign(out.size, std::byte{0});
      if (!given) return out;
      const auto bytes = unescape(*given);
      if (!bytes) return mistaken(at, bytes.error().detail);
      if (bytes->size() != out.size) {
        return mistaken(at,
                        fmt::format("the default has {} bytes, not {}", bytes->size(), out.size));
      }
      out.bytes = *bytes;
      return out;
    }
    const auto value = given ? parse_unsigned(*given) : std::optional<std::uint64_t>(0);
    if (!value) return mistaken(at, fmt::format("'{}' is not a whole number", quoted(*given)));
    if (*value > greatest_number(*out.number)) {
      return mistaken(at, fmt::format("{} is above {}", *value, greatest_number(*out.number)));
    }
    out.bytes.resize(number_size(*out.number, *value));
    write_number(*out.number, *value, out.bytes);
    return out;
  }

  /// What does not go together.
  std::optional<text_mistake> find_mistake(const std::vector<header_item>& items) const {
    bool length = false, id = false, pad = false;
    std::size_t total = 0;
    for (std::size_t at = 0; at < items.size(); ++at) {
      const auto& each = items[at];
      const auto again = [&](bool& seen) { return std::exchange(seen, true); };
      if (each.is == role::length && again(length)) return text_mistake{starts_[at], "two lengths"};
      if (each.is == role::id && again(id)) return text_mistake{starts_[at], "two IDs"};
      if (each.is == role::pad && again(pad)) return text_mistake{starts_[at], "two pads"};
      const auto same = [&](const header_item& other) {
        return other.is == role::field && other.name == each.name;
      };
      if (each.is == role::field && std::ranges::any_of(std::span(items).first(at), same)) {
        return text_mistake{starts_[at], fmt::format("two fields '{}'", each.name)};
      }
      if (each.number == number_type::digits) {
        const bool ends = at + 1 < items.size() && items[at + 1].is == role::literal;
        if (!ends) return text_mistake{starts_[at], "digits need a literal behind them"};
        const auto first = std::to_integer<unsigned>(items[at + 1].bytes.front());
        if (first >= '0' && first <= '9') {
          return text_mistake{starts_[at + 1], "a digit cannot end digits"};
        }
      }
      total += each.longest();
    }
    if (!length) return text_mistake{0, "no length"};
    if (total > longest_header) return text_mistake{0, "a header has at most 256 bytes"};
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::size_t> starts_;  // of the items
};

}  // namespace

tl::expected<header_layout, text_mistake> header_layout::parse(std::string_view text,
                                                               id_form& ids) {
  auto items = layout_parser(text).parse();
  if (!items) return tl::unexpected(items.error());
  header_layout out;
  out.items_ = std::move(*items);
  out.finish(ids);
  return out;
}

/// Finds out where the items are.
void header_layout::finish(id_form& ids) {
  ids.is_number = false;
  ids.size = 0;
  fixed_ = true;
  std::size_t at = 0;
  for (std::size_t index = 0; index < items_.size(); ++index) {
    const auto& each = items_[index];
    longest_ += each.longest();
    const bool is_text = each.number == number_type::hex4;
    fixed_ = fixed_ && each.size != 0 && each.is != role::literal && !is_text;
    const place here{static_cast<std::uint16_t>(at), static_cast<std::uint8_t>(each.size),
                     each.number && is_little_endian(*each.number)};
    if (each.is == role::length) {
      length_ = index;
      length_place_ = here;
    } else if (each.is == role::id) {
      id_ = index;
      id_place_ = here;
      ids.is_number = each.number.has_value();
      ids.size = static_cast<std::uint8_t>(each.number ? 8 : each.size);
      if (each.number) ids.greatest = greatest_number(*each.number);
    } else if (each.is == role::pad) {
      pad_ = index;
      pad_place_ = here;
    }
    blank_.insert(blank_.end(), each.bytes.begin(), each.bytes.end());
    at += each.size;
    blank_.resize(at);
  }
}

std::size_t header_layout::shortest() const {
  std::size_t out = 0;
  for (const auto& each : items_) out += std::max<std::size_t>(each.size, 1);
  return out;
}

std::size_t header_layout::id_end() const {
  std::size_t out = 0;
  for (std::size_t at = 0; id_ && at <= *id_; ++at) out += items_[at].longest();
  return out;
}

bool header_layout::has_literal() const {
  return std::ranges::any_of(items_, [](const auto& each) { return each.is == role::literal; });
}

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
