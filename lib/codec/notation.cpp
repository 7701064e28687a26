#include "chunk/notation.hpp"

#include "encoded_parts.hpp"
#include "framing_definition.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace chunk {
namespace {

/// Chosen: pieces of this size are copied about as fast as any.
constexpr std::size_t fill_block = 64 * 1024;

constexpr escape_set contents_escapes{"%:="};
constexpr escape_set brace_escapes{"%:={}"};

/// The modifiers of every chunk, and those of framings that have something behind a payload.
struct number_modifier {
  std::string_view name;
  std::optional<std::uint64_t> draft::*value;
};
struct bytes_modifier {
  std::string_view name;
  std::optional<std::vector<std::byte>> draft::*value;
};
constexpr std::array<number_modifier, 3> number_modifiers{
    {{"len", &draft::length}, {"cut", &draft::cut}, {"fill", &draft::fill}}};
constexpr std::array<bytes_modifier, 2> bytes_modifiers{
    {{"trailer", &draft::trailer}, {"pad", &draft::padding}}};

template <class Modifiers>
const typename Modifiers::value_type* find_modifier(const Modifiers& in, std::string_view name) {
  const auto found = std::ranges::find(in, name, &Modifiers::value_type::name);
  return found == in.end() ? nullptr : &*found;
}

[[gnu::cold, gnu::noinline]] tl::unexpected<error> bad(std::string_view text,
                                                       std::string_view reason) {
  const auto shown = quoted(text);
  return tl::unexpected(error{errc::bad_notation, fmt::format("'{}': {}", shown, reason)});
}

/// Cuts `text` at the first `separator` and gives what stands before it.
std::string_view take_until(std::string_view& text, char separator) {
  const auto stop = std::min(text.find(separator), text.size());
  const auto front = text.substr(0, stop);
  text.remove_prefix(std::min(stop + 1, text.size()));
  return front;
}

/// Reads one text, and remembers which part of it was being read when it proved to be wrong.
class chunk_parser {
 public:
  chunk_parser(const protocol& rules, completeness how)
      : rules_(rules),
        braces_(rules.framing.depth() > 1),
        provisional_(how == completeness::provisional) {}

  /// Reads a chunk in the framing `how`.
  result<draft> parse(std::string_view text, const framing& how, std::size_t level);

  std::string_view offending() const { return part_; }

 private:
  result<void> parse_id_in(std::string_view text, draft& out);
  result<void> parse_modifier(std::string_view text, draft& out, std::size_t level);
  result<void> parse_number_modifier(std::string_view text, const number_modifier& known,
                                     std::string_view value, draft& out);
  result<void> parse_bytes_modifier(std::string_view text, const bytes_modifier& known,
                                    std::string_view value, draft& out);
  result<item> parse_bytes(std::string_view text);
  result<item> parse_subchunk(std::string_view text, const framing& how, std::size_t level);
  result<void> parse_contents(std::string_view text, draft& out, std::size_t level);

  const protocol& rules_;
  bool braces_;
  bool provisional_;
  std::string_view part_;
};

result<void> chunk_parser::parse_id_in(std::string_view text, draft& out) {
  part_ = text;
  const auto* known = out.framing.definition;
  if (text.empty() && known && known->opening) {
    out.id.form = &known->opening_ids;
    return {};
  }
  const auto id = parse_id(text, out.framing.ids());
  if (!id) return tl::unexpected(id.error());
  out.id = *id;
  return {};
}

result<void> chunk_parser::parse_number_modifier(std::string_view text,
                                                 const number_modifier& known,
                                                 std::string_view value, draft& out) {
  const bool is_length = known.value == &draft::length;
  const auto most = is_length ? out.framing.greatest_length(out.id) : no_limit;
  auto& number = out.*known.value;
  if (number) return bad(text, "a modifier given twice");
  const auto count = parse_count(value, fmt::format("{}=", known.name), most);
  if (!count) return tl::unexpected(count.error());
  number = *count;
  return {};
}

result<void> chunk_parser::parse_bytes_modifier(std::string_view text, const bytes_modifier& known,
                                                std::string_view value, draft& out) {
  auto& bytes = out.*known.value;
  if (bytes) return bad(text, "a modifier given twice");
  auto read = unescape(value);
  if (!read) return tl::unexpected(read.error());
  const bool is_pad = known.value == &draft::padding;
  if (is_pad && out.framing.definition->layout_of(out.id).has_pad() && read->size() > 255) {
    return bad(text, "a pad has at most 255 bytes");
  }
  bytes = std::move(*read);
  return {};
}

/// Reads a modifier of a chunk that stands in `level` containers.
result<void> chunk_parser::parse_modifier(std::string_view text, draft& out, std::size_t level) {
  part_ = text;
  auto value = text;
  const auto name = take_until(value, '=');
  if (level > 0 && (name == "cut" || name == "fill")) {
    return bad(text, "cut= and fill= are for whole chunks");
  }
  if (const auto* known = find_modifier(number_modifiers, name)) {
    return parse_number_modifier(text, *known, value, out);
  }
  const auto* known = find_modifier(bytes_modifiers, name);
  if (known && out.framing.definition) return parse_bytes_modifier(text, *known, value, out);
  if (!out.framing.has_fields(out.id)) {
    return bad(text, out.framing.definition
                         ? "not a modifier; there are len=N, cut=N, fill=N, trailer=bytes and "
                           "pad=bytes"
                         : "not a modifier; there are len=N, cut=N and fill=N");
  }
  auto field = out.framing.parse_field(out.id, name, value);
  if (!field) return tl::unexpected(field.error());
  if (std::ranges::find(out.fields, field->item, &field_setting::item) != out.fields.end()) {
    return bad(text, "a field given twice");
  }
  out.fields.push_back(std::move(*field));
  return {};
}

/// Reads bytes or @path.
result<item> chunk_parser::parse_bytes(std::string_view text) {
  part_ = text;
  item out;
  if (text.starts_with('@')) {
    if (text.size() == 1) return bad(text, "@ needs the name of a file; a literal @ is %40");
    if (text.find('\0') != text.npos) return bad(text, "a NUL cannot stand in the name of a file");
    out.path = text.substr(1);
    return out;
  }
  auto bytes = unescape(text);
  if (!bytes) return tl::unexpected(bytes.error());
  out.bytes = std::move(*bytes);
  return out;
}

result<item> chunk_parser::parse_subchunk(std::string_view text, const framing& how,
                                          std::size_t level) {
  part_ = text;
  // Subchunks of the chunk framing have no modifiers.
  const auto mark = text.find_first_of(how.definition ? ",=" : "=");
  if (text.find('=') == std::string_view::npos) {
    return bad(text, "not ID=bytes; literal : and = are written %3a and %3d");
  }
  auto made = std::make_shared<draft>();
  made->framing = how;
  auto done = parse_id_in(text.substr(0, mark), *made);
  if (!done) return tl::unexpected(done.error());
  auto rest = text.substr(mark);
  while (how.definition && rest.starts_with(',')) {
    rest.remove_prefix(1);
    const auto equals = std::min(rest.find('='), rest.size());
    const auto stop = std::min(rest.find_first_of(",=", equals + 1), rest.size());
    done = parse_modifier(rest.substr(0, stop), *made, level);
    if (!done) return tl::unexpected(done.error());
    rest.remove_prefix(stop);
  }
  part_ = text;
  if (!rest.starts_with('=')) {
    return bad(text, "not ID=bytes; literal : and = are written %3a and %3d");
  }
  const auto value = rest.substr(1);
  if (braces_ && value.starts_with('{')) {
    if (!value.ends_with('}')) return bad(text, "a { without its }");
    const auto inside = value.substr(1, value.size() - 2);
    done = parse_contents(inside, *made, level);
    if (!done) return tl::unexpected(done.error());
  } else {
    if (value.find('=') != std::string_view::npos) {
      return bad(text, "a literal = in contents is written %3d");
    }
    auto bytes = parse_bytes(value);
    if (!bytes) return tl::unexpected(bytes.error());
    made->contents.push_back(std::move(*bytes));
  }
  item out;
  out.subchunk = std::move(made);
  return out;
}

result<void> chunk_parser::parse_contents(std::string_view text, draft& out, std::size_t level) {
  if (text.starts_with(':')) {
    part_ = text.substr(1);
    auto bytes = unescape(part_);
    if (!bytes) return tl::unexpected(bytes.error());
    out.contents.push_back({nullptr, std::move(*bytes), {}});
    return {};
  }
  // A file name after a leading @ may hold any character.
  const bool plain = text.starts_with('@') || text.find_first_of(":=") == std::string_view::npos;
  if (plain) {
    if (text.empty()) return {};
    auto bytes = parse_bytes(text);
    if (!bytes) return tl::unexpected(bytes.error());
    out.contents.push_back(std::move(*bytes));
    return {};
  }
  const auto* known = rules_.find(out.id);
  const bool contains = rules_.contains(known, level);
  part_ = text;
  if (out.framing.definition && !contains) {
    return bad(text,
               "this chunk has no subchunks; literal : and = are written %3a and %3d, and "
               "behind :: as they are");
  }
  const auto inner = contains ? rules_.framing_in(known) : out.framing;
  if (contains && known->prefix > 0) {
    const auto stop = find_outside(text, ":", braces_);
    auto bytes = parse_bytes(text.substr(0, stop));
    if (!bytes) return tl::unexpected(bytes.error());
    if (bytes->bytes.size() != known->prefix && !provisional_) {
      return bad(part_, fmt::format("{} bytes stand before the subchunks, not {}", known->prefix,
                                    bytes->bytes.size()));
    }
    out.contents.push_back(std::move(*bytes));
    if (stop == text.npos) return {};
    text.remove_prefix(stop + 1);
  }
  for (bool more = true; more;) {
    const auto stop = find_outside(text, ":", braces_);
    more = stop != text.npos;
    auto subchunk = parse_subchunk(text.substr(0, stop), inner, level + 1);
    if (!subchunk) return tl::unexpected(subchunk.error());
    out.contents.push_back(std::move(*subchunk));
    if (more) text.remove_prefix(stop + 1);
  }
  return {};
}

result<draft> chunk_parser::parse(std::string_view text, const framing& how, std::size_t level) {
  auto rest = text;
  auto head = take_until(rest, ':');
  draft out;
  out.framing = how;
  const bool modified = head.find(',') != std::string_view::npos;
  auto done = parse_id_in(take_until(head, ','), out);
  if (!done) return tl::unexpected(done.error());
  for (bool more = modified; more;) {
    more = head.find(',') != std::string_view::npos;
    done = parse_modifier(take_until(head, ','), out, level);
    if (!done) return tl::unexpected(done.error());
  }
  done = parse_contents(rest, out, level);
  if (!done) return tl::unexpected(done.error());
  return out;
}

/// Calls `take` with the `size` bytes that repeated contents stand for, block by block.
template <class Take>
void for_each_block(std::span<const std::byte> contents, std::uint64_t size, const Take& take) {
  while (size > 0) {
    const auto block =
        contents.first(static_cast<std::size_t>(std::min<std::uint64_t>(size, contents.size())));
    take(block);
    size -= block.size();
  }
}

}  // namespace

result<encoded_parts> encode_around(const draft& text, std::span<const std::byte> contents,
                                    std::uint64_t size) {
  const auto too_long = [&] {
    return bad(to_text(text.id), "contents longer than any length can declare");
  };
  encoded_parts out;
  if (!text.framing.definition) {
    if (size > max_length && !text.length) return too_long();
    append(out.header, header{text.id, text.length.value_or(size)});
    return out;
  }
  const auto& how = *text.framing.definition;
  const bool pad_in_header = how.layout_of(text.id).has_pad();
  const auto padding = pad_in_header && text.padding ? text.padding->size() : 0;
  if (!how.append_header(out.header, text.id, size, text.length, text.fields, padding)) {
    const auto length =
        how.plain_length(how.layout_of(text.id), text.id, size, text.fields, padding);
    if (!length || *length > text.framing.greatest_length(text.id)) return too_long();
    return bad(to_text(text.id),
               fmt::format("a length of {} means something else here; use len=", *length));
  }
  if (text.length && (how.is_alone(*text.length) || how.is_open(text.id, *text.length))) return out;
  if (text.trailer) {
    out.tail = *text.trailer;
  } else {
    auto sum = how.begin_checksum(text.id, out.header);
    if (how.trailer == framing_definition::trailer_kind::crc32) {
      for_each_block(contents, size, [&](auto block) { sum = how.add_to_checksum(sum, block); });
    }
    out.tail = how.trailer_of(sum);
  }
  if (text.padding) {
    out.tail.insert(out.tail.end(), text.padding->begin(), text.padding->end());
  } else {
    const auto unpadded = out.header.size() + size + out.tail.size();
    out.tail.resize(out.tail.size() + static_cast<std::size_t>(how.padding(unpadded)));
  }
  return out;
}

namespace {

result<void> append_subchunk(std::vector<std::byte>& out, const draft& text,
                             const file_loader& load);

/// Appends the contents of one item, with its own header where it is a subchunk.
result<void> append_item(std::vector<std::byte>& out, const item& from, const file_loader& load) {
  if (from.subchunk) return append_subchunk(out, *from.subchunk, load);
  if (from.path.empty()) {
    out.insert(out.end(), from.bytes.begin(), from.bytes.end());
    return {};
  }
  const auto file = load(from.path);
  if (!file) return tl::unexpected(file.error());
  out.insert(out.end(), file->begin(), file->end());
  return {};
}

result<void> append_subchunk(std::vector<std::byte>& out, const draft& text,
                             const file_loader& load) {
  const auto made = encode(text, load);
  if (!made) return tl::unexpected(made.error());
  const auto before = out.size();
  out.resize(before + static_cast<std::size_t>(made->size()));
  made->read(0, std::span(out).subspan(before));
  return {};
}

shared_bytes shared(std::vector<std::byte> bytes) {
  const auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  return {*owner, owner};
}

/// Repeats contents, which are not empty, until there are `size` bytes of them or a block, so that
/// reading them does not copy byte by byte.
void repeat(shared_bytes& contents, std::uint64_t size) {
  const auto enough = std::min<std::uint64_t>(size, fill_block);
  const auto period = contents.bytes.size();
  if (period >= enough) return;
  std::vector<std::byte> out;
  while (out.size() < enough) out.insert(out.end(), contents.bytes.begin(), contents.bytes.end());
  contents = shared(std::move(out));
}

}  // namespace

result<std::uint64_t> parse_count(std::string_view text, std::string_view what,
                                  std::uint64_t most) {
  std::uint64_t value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem == std::errc::invalid_argument || stop != end) {
    const auto shown = quoted(text);
    return tl::unexpected(
        error{errc::bad_notation, fmt::format("{} '{}' is not a whole number", what, shown)});
  }
  if (problem != std::errc{} || value > most) {
    return tl::unexpected(
        error{errc::bad_notation, fmt::format("{} {} is above {}", what, text, most)});
  }
  return value;
}

bool is_reserved_word(std::string_view name) {
  // This is asked for every ID, and most begin like none of the words, which begin with one of
  // the 64 characters from '@' on.
  constexpr auto place = [](char front) { return static_cast<unsigned char>(front) - 0x40U; };
  constexpr auto fronts = [place] {
    std::uint64_t out = 0;
    for (const auto word : reserved_words) out |= std::uint64_t{1} << place(word.front());
    return out;
  }();
  const auto at = name.empty() ? 64 : place(name.front());
  if (at >= 64 || (fronts >> at & 1) == 0) return false;
  return std::ranges::find(reserved_words, name) != reserved_words.end();
}

bool is_modifier(std::string_view name) {
  return find_modifier(number_modifiers, name) || find_modifier(bytes_modifiers, name);
}

bool item::operator==(const item& other) const {
  const bool same =
      subchunk && other.subchunk ? *subchunk == *other.subchunk : subchunk == other.subchunk;
  return same && bytes == other.bytes && path == other.path;
}

result<draft> parse_chunk(std::string_view text, const protocol& rules, std::string_view* offending,
                          completeness how) {
  chunk_parser parser(rules, how);
  auto out = parser.parse(text, rules.framing, 0);
  if (!out && offending) *offending = parser.offending();
  return out;
}

result<draft> parse_subchunk(std::string_view text, const protocol& rules, const rule& container,
                             std::string_view* offending, completeness how) {
  chunk_parser parser(rules, how);
  auto out = parser.parse(text, rules.framing_in(&container), 1);
  if (!out && offending) *offending = parser.offending();
  return out;
}

image image::of(std::vector<std::byte> bytes) {
  image out;
  out.size_ = out.payload_ = bytes.size();
  out.contents_ = shared(std::move(bytes));
  return out;
}

std::size_t image::read(std::uint64_t from, std::span<std::byte> out) const {
  const auto wanted = from < size_ ? std::min<std::uint64_t>(out.size(), size_ - from) : 0;
  const auto total = static_cast<std::size_t>(wanted);
  for (std::size_t done = 0; done < total;) {
    const auto at = from + done;
    std::span<const std::byte> source;
    if (at < header_.size()) {
      source = std::span(header_).subspan(static_cast<std::size_t>(at));
    } else if (const auto inside = at - header_.size(); inside < payload_) {
      const auto& contents = contents_.bytes;
      source = contents.subspan(static_cast<std::size_t>(inside % contents.size()));
      if (source.size() > payload_ - inside) {
        source = source.first(static_cast<std::size_t>(payload_ - inside));
      }
    } else {
      source = std::span(tail_).subspan(static_cast<std::size_t>(inside - payload_));
    }
    const auto step = std::min(source.size(), total - done);
    std::copy_n(source.begin(), step, out.begin() + static_cast<std::ptrdiff_t>(done));
    done += step;
  }
  return total;
}

result<image> encode(const draft& text, const file_loader& load, const shared_bytes* contents) {
  image out;
  if (contents) {
    out.contents_ = *contents;
  } else {
    std::vector<std::byte> made;
    for (const auto& each : text.contents) {
      const auto done = append_item(made, each, load);
      if (!done) return tl::unexpected(done.error());
    }
    out.contents_ = shared(std::move(made));
  }
  out.payload_ = out.contents_.bytes.size();
  if (text.fill) {
    if (out.payload_ == 0 && *text.fill > 0) {
      return bad(to_text(text.id), "fill= needs contents to repeat");
    }
    if (out.payload_ > 0) repeat(out.contents_, *text.fill);
    out.payload_ = *text.fill;
  }
  auto around = encode_around(text, out.contents_.bytes, out.payload_);
  if (!around) return tl::unexpected(around.error());
  out.header_ = std::move(around->header);
  out.tail_ = std::move(around->tail);
  const auto others = out.header_.size() + out.tail_.size();
  if (out.payload_ > no_limit - others) {
    return bad(to_text(text.id), "contents longer than any length can declare");
  }
  out.head_ = {text.id, text.length.value_or(out.payload_)};
  out.size_ = others + out.payload_;
  if (text.cut) out.size_ = std::min(out.size_, *text.cut);
  return out;
}

// --- showing ---

namespace {

/// The fields that differ from the default.
std::vector<header_field> fields_to_show(const header& head, const framing_definition& known) {
  auto out = framing{&known}.fields(head);
  std::erase_if(out, [](const header_field& each) { return each.by_default; });
  return out;
}

/// What the notation makes of fields that are shown: of a number, its shortest form.
std::vector<field_setting> settings_of(std::span<const header_field> fields,
                                       const header_layout& layout) {
  std::vector<field_setting> out;
  for (const auto& each : fields) {
    auto& made = out.emplace_back(field_setting{each.item, {each.bytes.begin(), each.bytes.end()}});
    if (!each.number) continue;
    const auto type = *layout.items()[each.item].number;
    made.bytes.resize(number_size(type, *each.number));
    write_number(type, *each.number, made.bytes);
  }
  return out;
}

/// Says whether the header comes of the fields and the length that are shown.
bool is_expressible(const header& head, const framing_definition& known, std::uint64_t pad,
                    const chunk_modifiers& shown) {
  std::vector<std::byte> made;
  const auto set = settings_of(shown.fields, known.layout_of(head.id));
  return known.append_header(made, head.id, head.length, shown.length, set, pad) &&
         std::ranges::equal(made, head.front);
}

/// The modifiers of a chunk that is there to its end. `right` says whether its trailer is.
chunk_modifiers modifiers_around(const header& head, std::span<const std::byte> tail, bool right,
                                 const framing_definition& known) {
  chunk_modifiers out;
  const auto front = known.read_again(head.id, head.front);
  if (!front.has_tail()) out.length = front.value;
  const auto parts = known.split_tail(tail);
  const auto padding = parts.padding;
  const bool pad_in_header = known.layout_of(head.id).has_pad();
  out.fields = fields_to_show(head, known);
  out.expressible = is_expressible(head, known, pad_in_header ? padding.size() : 0, out);
  if (!front.has_tail()) return out;
  if (!right) out.trailer = parts.trailer;
  const auto unpadded = head.front.size() + head.length + parts.trailer.size();
  const bool usual = pad_in_header
                         ? padding.empty()
                         : padding.size() == known.padding(unpadded) && parts.has_zero_padding();
  if (!usual) out.padding = padding;
  return out;
}

/// Says whether the header of a whole chunk is the one that is written for its ID and its length,
/// in a framing where nothing follows a payload.
bool is_plain(const placed_chunk& given, const framing_definition& known) {
  const header usual{given.id, given.payload.size()};
  const auto size = known.header.longest();
  std::array<std::byte, 64> made;  // chosen: longer headers may go the longer way
  if (!known.makes_plain(usual) || size > made.size()) return false;
  if (given.front.size() != size || !given.tail.empty()) return false;
  known.write_plain(usual, made);
  return std::memcmp(made.data(), given.front.data(), size) == 0;
}

/// Says whether it is clear without a further look that the notation of a whole chunk needs no
/// modifiers: the chunk has the header that is written without any. False: modifiers_in() finds
/// out.
bool has_no_modifiers(const placed_chunk& given, const framing& how) {
  return !how.definition || given.front.empty() || is_plain(given, *how.definition);
}

/// Finds what differs in a whole chunk from the one that is written for its ID and its length.
chunk_modifiers modifiers_in(const placed_chunk& given, const framing& how) {
  const auto& known = *how.definition;
  const bool right =
      known.is_trailer(known.split_tail(given.tail).trailer, known.checksum_of(given));
  return modifiers_around({given.id, given.payload.size(), given.front}, given.tail, right, known);
}

}  // namespace

chunk_modifiers modifiers_of(const placed_chunk& given, const framing& how) {
  return has_no_modifiers(given, how) ? chunk_modifiers{} : modifiers_in(given, how);
}

chunk_modifiers modifiers_of_end(const fragment& given, const framing& how) {
  if (!how.definition) return {};
  const auto& known = *how.definition;
  const bool sums = known.trailer == framing_definition::trailer_kind::crc32;
  const bool right = sums ? !given.leaves && !given.wrong_trailer
                          : known.is_trailer(known.split_tail(given.tail).trailer, 0);
  return modifiers_around(given.head, given.tail, right, known);
}

chunk_modifiers modifiers_of_beginning(const fragment& given, const framing& how) {
  chunk_modifiers out;
  out.length = how.definition ? given.declared : given.head.length;
  if (!how.definition) return out;
  const auto& known = *how.definition;
  const auto& head = given.head;
  const auto front = known.read_again(head.id, head.front);
  out.fields = fields_to_show(head, known);
  out.expressible = is_expressible(head, known, 0, out);
  if (!front.has_tail()) return out;
  if (known.trailer_size() > 0) out.trailer = std::span<const std::byte>();
  // How much of it the encoder would add depends on the bytes that come.
  if (known.align > 1) out.padding = std::span<const std::byte>();
  return out;
}

chunk_modifiers modifiers_of_block(const fragment& given, const framing& how) {
  chunk_modifiers out;
  if (!how.definition) return out;
  const auto& known = *how.definition;
  const auto& head = given.head;
  const auto front = known.read_again(head.id, head.front);
  if (front.open) out.length = front.value;
  out.fields = fields_to_show(head, known);
  out.expressible = is_expressible(head, known, 0, out);
  return out;
}

void text_writer::append_modifiers(std::string& out, const chunk_modifiers& how) {
  if (how.length) {
    out += ",len=";
    out += std::to_string(*how.length);
  }
  for (const auto& each : how.fields) {
    out += ',';
    out += each.name;
    out += '=';
    out += each.text();
  }
  const auto bytes = [&](std::string_view name, std::span<const std::byte> value) {
    out += name;
    for (const auto each : value) append_escape(out, each);
  };
  if (how.trailer) bytes(",trailer=", *how.trailer);
  if (how.padding) bytes(",pad=", *how.padding);
}

void text_writer::begin(const chunk::id& id, const chunk_modifiers& how) {
  const auto before = out_.size();
  append_text(out_, id);
  // An ID that reads like an action is not to be taken for one.
  if (id.form && is_reserved_word(std::string_view(out_).substr(before))) {
    const auto first = static_cast<std::byte>(out_[before]);
    std::string escape;
    append_escape(escape, first);
    out_.replace(before, 1, escape);
  }
  append_modifiers(out_, how);
  started_ = false;
  pending_space_ = false;
  opened_ = false;
  bare_ = out_.size() == before ? before : out_.npos;
}

void text_writer::run(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  if (pending_space_) out_ += ' ';
  pending_space_ = false;
  const auto first = bytes.front();
  if (!started_ && (first == std::byte{'@'} || first == std::byte{' '})) {
    append_escape(out_, first);
    bytes = bytes.subspan(1);
  }
  started_ = true;
  if (!bytes.empty() && bytes.back() == std::byte{' '}) {
    pending_space_ = true;
    bytes = bytes.first(bytes.size() - 1);
  }
  append_escaped(out_, bytes, braces_ ? brace_escapes : contents_escapes);
}

void text_writer::contents(std::span<const std::byte> piece) {
  if (!started_ && !piece.empty()) out_ += ':';
  run(piece);
}

void text_writer::begin_subchunk(const chunk::id& id, const chunk_modifiers& how) {
  end_run();
  if (!std::exchange(opened_, false)) out_ += ':';
  append_text(out_, id);
  append_modifiers(out_, how);
  out_ += '=';
  started_ = false;
}

void text_writer::subchunk(const chunk_view& inner, const chunk_modifiers& how) {
  begin_subchunk(inner.id, how);
  run(inner.payload);
}

void text_writer::enter(const chunk::id& id, const chunk_modifiers& how) {
  begin_subchunk(id, how);
  out_ += '{';
  opened_ = true;
}

void text_writer::leave() {
  end_run();
  out_ += '}';
  opened_ = false;
}

void text_writer::prefix(std::span<const std::byte> bytes) {
  if (!std::exchange(opened_, false)) out_ += ':';
  started_ = false;
  run(bytes);
  end_run();
}

void text_writer::end_run() {
  if (pending_space_) append_escape(out_, std::byte{' '});
  pending_space_ = false;
}

void text_writer::end() {
  end_run();
  // An empty line would be no chunk.
  if (out_.size() == bare_) out_ += ':';
}

void text_writer::whole(const chunk::id& id, std::span<const std::byte> payload) {
  // Chosen: in longer ones, what is saved here is a small part.
  constexpr std::size_t long_payload = 256;
  constexpr std::byte space{' '};
  if (payload.empty() || payload.size() > long_payload || payload.front() == std::byte{'@'} ||
      payload.front() == space || payload.back() == space) {
    begin(id);
    contents(payload);
    return end();
  }
  // In one piece, since each append() takes as long as the text of a short chunk.
  constexpr auto longest_line = escape_set::longest * (max_id_size + long_payload) + 1;
  std::array<char, longest_line> line;
  char* to = line.data();
  if (id.form) {
    begin(id);
  } else {
    to = id_escapes.write(to, id.value());
  }
  *to++ = ':';
  to = (braces_ ? brace_escapes : contents_escapes).write(to, payload);
  out_.append(line.data(), static_cast<std::size_t>(to - line.data()));
}

namespace {

/// Writes the subchunks of containers, on every level.
class container_writer {
 public:
  container_writer(const protocol& rules, std::string& out, const subchunk_filter& takes)
      : rules_(rules), out_(out), writer_(out, uses_braces(rules)), takes_(takes) {}

  /// Writes a chunk with the framing `how` that stands in `level` containers.
  void write(const placed_chunk& given, const framing& how, std::size_t level) {
    const bool nests = rules_.may_nest(given.id, given.payload, level);
    const bool usual = has_no_modifiers(given, how);
    if (!nests && usual) return writer_.whole(given.id, given.payload);
    const auto modifiers = usual ? chunk_modifiers{} : modifiers_in(given, how);
    if (!modifiers.expressible) return write_raw(given);
    top_ = level;
    writer_.begin(given.id, modifiers);
    if (!nests || !write_subchunks(given, level)) writer_.contents(given.payload);
    writer_.end();
  }

 private:
  void write_raw(const placed_chunk& given) {
    out_ += raw_prefix;
    for (const auto part : {given.front, given.payload, given.tail}) {
      for (const auto each : part) append_escape(out_, each);
    }
  }

  /// Returns: false if the chunk is to be written with plain contents; nothing was written then
  bool write_subchunks(const chunk_view& of, std::size_t level) {
    const auto inner = unnest(rules_, of, 0, level);
    if (inner.subchunks.empty()) return false;
    const auto& how = rules_.framing_in(rules_.find(of.id));
    const auto size = out_.size();
    const auto writer = writer_;
    if (!inner.prefix.empty()) writer_.prefix(inner.prefix);
    for (const auto& each : inner.subchunks) {
      if (takes_ && level == top_ && !takes_(of.id, each.id)) continue;
      const auto modifiers = modifiers_of(each, how);
      if (!modifiers.expressible) {
        out_.resize(size);
        restore(writer);
        return false;
      }
      write_subchunk(each, modifiers, level + 1);
    }
    return true;
  }

  void write_subchunk(const placed_chunk& given, const chunk_modifiers& how, std::size_t level) {
    if (rules_.contains(rules_.find(given.id), level)) {
      const auto size = out_.size();
      const auto writer = writer_;
      writer_.enter(given.id, how);
      if (write_subchunks(given, level)) return writer_.leave();
      out_.resize(size);
      restore(writer);
    }
    writer_.subchunk(given, how);
  }

  void restore(const text_writer& earlier) { writer_.restore(earlier); }

  const protocol& rules_;
  std::string& out_;
  text_writer writer_;
  const subchunk_filter& takes_;
  std::size_t top_ = 0;  // the level of the chunk that is written
};

}  // namespace

void append_text(std::string& out, const placed_chunk& given, const protocol& rules,
                 const subchunk_filter& takes) {
  container_writer(rules, out, takes).write(given, rules.framing, 0);
}

void append_subchunk_text(std::string& out, const placed_chunk& given, const protocol& rules,
                          const framing& how, std::size_t level) {
  const subchunk_filter all;
  container_writer(rules, out, all).write(given, how, level);
}

std::string to_text(const placed_chunk& given, const protocol& rules) {
  std::string out;
  append_text(out, given, rules);
  return out;
}

}  // namespace chunk
