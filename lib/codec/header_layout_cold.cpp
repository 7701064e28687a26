// What header_layout does so seldom that it is compiled for size: to be read from its text, and to
// be looked at as a whole. header_layout.cpp has what is done for each header.
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

}  // namespace chunk
