#include "script/language/pattern.hpp"

#include "io/files.hpp"
#include "script/language/expectation.hpp"
#include "script/language/mistake.hpp"
#include "script/language/words.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <optional>
#include <ranges>
#include <span>
#include <tuple>
#include <utility>

namespace tools::script {
namespace {

using value_kind = value_pattern::kind;

chunk::result<void> parse_regex(std::string_view text, value_pattern& out) {
  const auto source = chunk::unescape(text);
  if (!source) return tl::unexpected(source.error());
  re2::RE2::Options how;
  how.set_encoding(re2::RE2::Options::EncodingLatin1);  // bytes, whatever they are
  how.set_log_errors(false);
  how.set_dot_nl(true);  // a line feed is a byte like any other
  const re2::StringPiece expression(text_of(*source).data(), source->size());
  const auto made = std::make_shared<const re2::RE2>(expression, how);
  if (!made->ok()) return bad(text, "not a regular expression: " + chunk::quoted(made->error()));
  out.type = value_kind::regex;
  out.expression = made;
  return {};
}

chunk::result<void> parse_length(std::string_view text, value_pattern& out) {
  const auto dots = text.find("..");
  const auto least = chunk::parse_count(text.substr(0, dots), "len=", chunk::max_length);
  if (!least) return tl::unexpected(least.error());
  out.type = value_kind::length;
  out.least = out.most = *least;
  if (dots == text.npos) return {};
  const auto most = chunk::parse_count(text.substr(dots + 2), "len=", chunk::max_length);
  if (!most) return tl::unexpected(most.error());
  if (*most < *least) return bad(text, "the first length is above the second");
  out.most = *most;
  return {};
}

/// Parses a value other than whole contents with modifiers.
chunk::result<void> parse_value(std::string_view text, value_pattern& out) {
  out.text = text;
  if (text.starts_with('~')) return parse_regex(text.substr(1), out);
  if (const auto name = captured_name(text); !name.empty()) {
    out.type = value_kind::capture;
    out.name = name;
    return {};
  }
  out.type = value_kind::exact;
  if (text == "@") return bad(text, "@ needs the name of a file; a literal @ is %40");
  auto contents =
      text.starts_with('@') ? io::load_file(std::string(text.substr(1))) : chunk::unescape(text);
  if (!contents) return tl::unexpected(contents.error());
  out.contents = std::move(*contents);
  return {};
}

std::string shown(const value_pattern& wanted) {
  constexpr std::size_t longest = 40;  // chosen: with the rest of a line one row
  auto text = chunk::quoted(wanted.text);
  if (text.size() > longest) text.replace(longest, text.npos, "...");
  return text;
}

std::optional<mismatch> compare_exactly(const value_pattern& wanted, std::span<const std::byte> got,
                                        std::uint64_t offset) {
  difference found;
  bool differs = false;
  if (wanted.repeated) {
    const auto& whole = *wanted.repeated;
    const auto read = [&](std::uint64_t from, std::span<std::byte> out) {
      return whole.read(whole.header_size() + from, out);
    };
    differs = find_difference(whole.size() - whole.header_size(), read, got, found);
  } else {
    if (std::ranges::equal(wanted.contents, got)) return std::nullopt;
    const auto read = [&](std::uint64_t from, std::span<std::byte> out) {
      const auto rest = std::span(wanted.contents).subspan(static_cast<std::size_t>(from));
      const auto count = std::min(rest.size(), out.size());
      std::ranges::copy(rest.first(count), out.begin());
      return count;
    };
    differs = find_difference(wanted.contents.size(), read, got, found);
  }
  if (!differs) return std::nullopt;
  found.offset = offset;
  auto reason = "the payload has " + found.in_words();
  if (found.at < std::min(found.expected_size, found.received_size)) {
    reason = "the payload differs: " + found.in_words();
  }
  return mismatch{std::move(reason), std::move(found)};
}

std::optional<mismatch> compare_regex(const value_pattern& wanted, std::span<const std::byte> got,
                                      captured& out) {
  const auto& expression = *wanted.expression;
  const re2::StringPiece text(text_of(got).data(), got.size());
  std::vector<re2::StringPiece> groups(
      static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1);
  const bool found = expression.Match(text, 0, text.size(), re2::RE2::UNANCHORED, groups.data(),
                                      static_cast<int>(groups.size()));
  if (!found) return mismatch{"the payload does not match " + shown(wanted), std::nullopt};
  for (const auto& [name, index] : expression.NamedCapturingGroups()) {
    const auto& group = groups[static_cast<std::size_t>(index)];
    const auto part = std::as_bytes(std::span(group.data(), group.size()));
    out.emplace_back(name, byte_string(part.begin(), part.end()));
  }
  return std::nullopt;
}

std::optional<mismatch> compare_value(const value_pattern& wanted, std::span<const std::byte> got,
                                      std::uint64_t offset, captured& out) {
  switch (wanted.type) {
    case value_kind::any: return std::nullopt;
    case value_kind::exact: return compare_exactly(wanted, got, offset);
    case value_kind::regex: return compare_regex(wanted, got, out);
    case value_kind::length:
      if (got.size() >= wanted.least && got.size() <= wanted.most) return std::nullopt;
      if (wanted.least == wanted.most) {
        return mismatch{
            fmt::format("the payload has {}, not {}", counted(got.size(), "byte"), wanted.least),
            std::nullopt};
      }
      return mismatch{fmt::format("the payload has {}, not {} to {}", counted(got.size(), "byte"),
                                  wanted.least, wanted.most),
                      std::nullopt};
    case value_kind::capture:
      out.emplace_back(wanted.name, byte_string(got.begin(), got.end()));
      break;
    case value_kind::container: break;  // compared by matcher
  }
  return std::nullopt;
}

/// What a pattern for a subchunk accepts: equal for patterns that accept the same.
using meaning = std::tuple<chunk::id, value_kind, std::string_view, std::uint64_t, std::uint64_t>;

meaning meaning_of(const chunk_pattern& of) {
  const auto& value = of.value;
  if (!of.header.empty()) return {of.id, value_kind::container, of.text, 0, 0};
  switch (value.type) {
    case value_kind::any:
    case value_kind::capture: return {of.id, value_kind::any, {}, 0, 0};
    case value_kind::exact: return {of.id, value.type, text_of(value.contents), 0, 0};
    case value_kind::regex: return {of.id, value.type, value.text, 0, 0};
    case value_kind::container: return {of.id, value.type, of.text, 0, 0};
    case value_kind::length: break;
  }
  return {of.id, value.type, {}, value.least, value.most};
}

/// Says whether a pattern accepts just one payload, and nothing else counts.
bool is_exact(const chunk_pattern& of) {
  return of.header.empty() && of.value.type == value_kind::exact;
}

/// An ID in messages.
std::string shown_id(const chunk::id& id) {
  auto out = to_text(id);
  return out.empty() ? "empty" : out;
}

/// Reads one pattern, and remembers which part of it was being read when it proved to be wrong.
class pattern_parser {
 public:
  pattern_parser(const chunk::protocol& rules, std::string_view& offending)
      : rules_(rules),
        offending_(offending),
        braces_(rules.framing.depth() > 1 && uses_braces(rules)) {}

  chunk::result<chunk_pattern> parse(std::string_view text);

 private:
  using done = chunk::result<void>;

  done parse_header(std::string_view head, chunk_pattern& out);
  done take_header(std::string_view text, const chunk::draft& from, chunk_pattern& out);
  done parse_whole(std::string_view text, std::string_view contents, chunk_pattern& out);
  done parse_contents(std::string_view contents, std::size_t level, chunk_pattern& out);
  done parse_container(std::string_view text, std::size_t level, chunk_pattern& out);
  done parse_subchunk_header(std::string_view head, const chunk::rule* container,
                             chunk_pattern& out);
  done parse_subchunk(std::string_view item, const chunk::rule* container, std::size_t level,
                      container_pattern& out);

  const chunk::protocol& rules_;
  std::string_view& offending_;
  bool braces_;
};

/// Takes the ID and the modifiers of a chunk without contents.
chunk::result<void> pattern_parser::take_header(std::string_view text, const chunk::draft& from,
                                                chunk_pattern& out) {
  offending_ = text;
  if (from.cut) return bad(text, "no reply is cut");
  out.id = from.id;
  out.header.declared = from.length;
  out.header.trailer = from.trailer;
  out.header.padding = from.padding;
  for (const auto& each : from.fields) {
    const auto shown = chunk::escaped(each.bytes);
    out.header.fields.push_back({each, shown});
  }
  // The fields stand in the text in the same order, each with its name.
  auto rest = text;
  for (auto& each : out.header.fields) {
    for (bool found = false; !found && !rest.empty();) {
      rest.remove_prefix(std::min(rest.find(','), rest.size() - 1) + 1);
      const auto part = rest.substr(0, rest.find(','));
      const auto name = part.substr(0, part.find('='));
      found = !name.empty() && !chunk::is_modifier(name);
      if (found) each.text = part;
    }
  }
  return {};
}

/// Reads the ID, and the modifiers of framings that have some for replies.
chunk::result<void> pattern_parser::parse_header(std::string_view head, chunk_pattern& out) {
  if (!rules_.framing.definition) {
    offending_ = head.substr(0, head.find(','));
    const auto id = chunk::parse_id(offending_);
    if (!id) return tl::unexpected(id.error());
    out.id = *id;
    return {};
  }
  const auto draft = chunk::parse_chunk(head, rules_, &offending_);
  if (!draft) return tl::unexpected(draft.error());
  return take_header(head, *draft, out);
}

/// Reads contents with `fill=`.
chunk::result<void> pattern_parser::parse_whole(std::string_view text, std::string_view contents,
                                                chunk_pattern& out) {
  const auto draft = chunk::parse_chunk(text, rules_, &offending_);
  if (!draft) return tl::unexpected(draft.error());
  offending_ = text;
  if (!draft->framing.definition && (draft->length || draft->cut)) {
    return bad(text, "no reply has a wrong length");
  }
  auto image = chunk::encode(*draft, io::load_file);
  if (!image) return tl::unexpected(image.error());
  out.value.type = value_kind::exact;
  out.value.text = contents;
  out.value.repeated = std::make_shared<const chunk::image>(std::move(*image));
  return {};
}

chunk::result<void> pattern_parser::parse_subchunk_header(std::string_view head,
                                                          const chunk::rule* container,
                                                          chunk_pattern& out) {
  offending_ = head;
  if (!container || !rules_.framing.definition) {
    const auto id = chunk::parse_id(head);
    if (!id) return tl::unexpected(id.error());
    out.id = *id;
    return {};
  }
  const auto draft = chunk::parse_subchunk(head, rules_, *container, &offending_);
  if (!draft) return tl::unexpected(draft.error());
  return take_header(head, *draft, out);
}

chunk::result<void> pattern_parser::parse_subchunk(std::string_view item,
                                                   const chunk::rule* container, std::size_t level,
                                                   container_pattern& out) {
  offending_ = item;
  auto equals = item.find('=');
  // The value of a modifier has no equals sign, and is followed by one or by another modifier.
  for (auto comma = item.find(','); rules_.framing.definition && comma < equals;) {
    const auto stop = item.find_first_of(",=", std::min(equals, item.size() - 1) + 1);
    if (stop == item.npos) break;
    comma = item[stop] == ',' ? stop : item.npos;
    equals = item[stop] == ',' ? item.find('=', stop) : stop;
  }
  if (equals == item.npos) {
    return bad(item, "not ID=bytes; literal : and = are written %3a and %3d");
  }
  auto& added = out.subchunks.emplace_back();
  added.text = item;
  auto read = parse_subchunk_header(item.substr(0, equals), container, added);
  if (!read) return read;
  const auto value = item.substr(equals + 1);
  offending_ = value;
  if (braces_ && value.starts_with('{') && captured_name(value).empty()) {
    if (!value.ends_with('}')) return bad(value, "a { without its }");
    return parse_container(value.substr(1, value.size() - 2), level, added);
  }
  if (value.find('=') != value.npos) {
    return bad(value, "a literal = in contents is written %3d");
  }
  return parse_value(value, added.value);
}

/// Reads the subchunks of a container on `level`, and what stands before them.
chunk::result<void> pattern_parser::parse_container(std::string_view text, std::size_t level,
                                                    chunk_pattern& out) {
  const auto* known = rules_.find(out.id);
  const bool contains = rules_.contains(known, level);
  offending_ = text;
  if (rules_.framing.definition && !contains) {
    return bad(text,
               "this chunk has no subchunks; literal : and = are written %3a and %3d, and "
               "behind :: as they are");
  }
  const auto made = std::make_shared<container_pattern>();
  out.value.type = value_kind::container;
  out.value.text = text;
  out.value.inner = made;
  if (contains && known->prefix > 0 && !text.empty()) {
    const auto stop = chunk::find_outside(text, ":", braces_);
    const auto first = text.substr(0, stop);
    if (first.find('=') == first.npos) {
      offending_ = first;
      auto read = parse_value(first, made->prefix.emplace());
      if (!read) return read;
      if (stop == text.npos) return {};
      text.remove_prefix(stop + 1);
    }
  }
  for (bool more = !text.empty(); more;) {
    const auto stop = chunk::find_outside(text, ":", braces_);
    more = stop != text.npos;
    const auto item = text.substr(0, stop);
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const auto read = parse_subchunk(item, known, level + 1, *made);
    if (!read) return read;
  }
  return {};
}

chunk::result<void> pattern_parser::parse_contents(std::string_view contents, std::size_t level,
                                                   chunk_pattern& out) {
  constexpr std::string_view length = "len=";
  offending_ = contents;
  if (contents.starts_with(':')) {
    offending_ = contents.substr(1);
    auto bytes = chunk::unescape(offending_);
    if (!bytes) return tl::unexpected(bytes.error());
    out.value.type = value_kind::exact;
    out.value.text = contents;
    out.value.contents = std::move(*bytes);
    return {};
  }
  if (contents.starts_with(length)) {
    out.value.text = contents;
    return parse_length(contents.substr(length.size()), out.value);
  }
  const bool simple = contents.starts_with('~') || contents.starts_with('@') ||
                      !captured_name(contents).empty() ||
                      contents.find_first_of(braces_ ? ":={" : ":=") == contents.npos;
  return simple ? parse_value(contents, out.value) : parse_container(contents, level, out);
}

chunk::result<chunk_pattern> pattern_parser::parse(std::string_view text) {
  constexpr std::string_view fill = "fill=";
  const auto colon = text.find(':');
  const auto head = text.substr(0, colon);
  const bool has_contents = colon != text.npos;
  const auto contents = has_contents ? text.substr(colon + 1) : std::string_view{};
  chunk_pattern out;
  out.text = text;
  auto read = parse_header(head, out);
  if (!read) return tl::unexpected(read.error());
  const bool modified = head.find(',') != head.npos;
  const bool filled = head.find("," + std::string(fill)) != head.npos;
  if (rules_.framing.definition ? filled : modified) {
    read = parse_whole(text, contents, out);
  } else if (has_contents) {
    read = parse_contents(contents, 0, out);
  }
  if (!read) return tl::unexpected(read.error());
  return out;
}

/// Compares chunks with patterns, in containers on all levels.
class matcher {
 public:
  matcher(const chunk::protocol& rules, bool in_order, const effort& spend)
      : rules_(rules), in_order_(in_order), spend_(spend) {}

  /// Compares a chunk with the right ID, which stands on `level` in the framing `how`. `offset` is
  /// that of its payload.
  std::optional<mismatch> compare(const chunk_pattern& wanted, const chunk::placed_chunk& got,
                                  std::uint64_t offset, const chunk::framing& how,
                                  std::size_t level, captured& out) const;

 private:
  using subchunks = std::vector<chunk::placed_chunk>;

  std::optional<mismatch> compare_header(const header_pattern& wanted,
                                         const chunk::placed_chunk& got,
                                         const chunk::framing& how) const;
  std::optional<mismatch> compare_tail(const header_pattern& wanted, const chunk::placed_chunk& got,
                                       const chunk::framing& how) const;
  std::optional<mismatch> compare_container(const container_pattern& wanted,
                                            const chunk::placed_chunk& got, std::uint64_t offset,
                                            std::size_t level, captured& out) const;

  /// Patterns and subchunks of one container.
  struct pairing {
    const std::vector<chunk_pattern>& wanted;
    const subchunks& inner;
    chunk::framing how;
    std::size_t level = 0;
  };

  std::optional<mismatch> compare_one(const pairing& of, const chunk_pattern& wanted,
                                      const chunk::placed_chunk& got, captured& out) const {
    return compare(wanted, got, got.payload_offset(), of.how, of.level, out);
  }
  std::optional<mismatch> compare_in_order(const pairing& of, captured& out) const;
  std::optional<mismatch> compare_in_any_order(const pairing& of, captured& out) const;
  acceptance accept(const pairing& of) const;
  mismatch explain_missing(const pairing& of, std::size_t missing) const;

  const chunk::protocol& rules_;
  bool in_order_;
  const effort& spend_;
};

std::optional<mismatch> matcher::compare_tail(const header_pattern& wanted,
                                              const chunk::placed_chunk& got,
                                              const chunk::framing& how) const {
  if (got.tail.empty() && !wanted.trailer && !wanted.padding) return std::nullopt;
  const auto odd = modifiers_of(got, how);
  const auto tail = got.tail;
  const auto differs = [](std::string_view what, std::span<const std::byte> there,
                          std::span<const std::byte> should) {
    return mismatch{fmt::format("the {} is '{}', not '{}'", what, chunk::escaped(there),
                                chunk::escaped(should)),
                    std::nullopt};
  };
  if (wanted.trailer) {
    const auto there = tail.first(std::min(wanted.trailer->size(), tail.size()));
    if (!std::ranges::equal(there, *wanted.trailer)) {
      return differs("trailer", there, *wanted.trailer);
    }
  } else if (odd.trailer) {
    return mismatch{fmt::format("the trailer '{}' is wrong", chunk::escaped(*odd.trailer)),
                    std::nullopt};
  }
  if (wanted.padding) {
    const auto there =
        odd.padding.value_or(tail.last(std::min(wanted.padding->size(), tail.size())));
    if (!std::ranges::equal(there, *wanted.padding)) {
      return differs("padding", there, *wanted.padding);
    }
  }
  return std::nullopt;
}

std::optional<mismatch> matcher::compare_header(const header_pattern& wanted,
                                                const chunk::placed_chunk& got,
                                                const chunk::framing& how) const {
  if (!how.definition) return std::nullopt;
  if (!wanted.fields.empty()) {
    const auto there = how.fields({got.id, got.payload.size(), got.front});
    for (const auto& each : wanted.fields) {
      const auto found = std::ranges::find(there, each.value.item, &chunk::header_field::item);
      if (found != there.end() && std::ranges::equal(found->bytes, each.value.bytes)) continue;
      const auto text = found == there.end() ? std::string("missing") : found->text();
      const auto name = std::string_view(each.text).substr(0, each.text.find('='));
      const auto should = each.text.substr(std::min(name.size() + 1, each.text.size()));
      return mismatch{fmt::format("{} is {}, not {}", name, text, should), std::nullopt};
    }
  }
  if (wanted.declared) {
    const auto value = how.read_header(got.front, got.id.form != how.ids()).value;
    if (value != *wanted.declared) {
      return mismatch{fmt::format("the header has the length {}, not {}", value, *wanted.declared),
                      std::nullopt};
    }
  }
  return compare_tail(wanted, got, how);
}

std::optional<mismatch> matcher::compare(const chunk_pattern& wanted,
                                         const chunk::placed_chunk& got, std::uint64_t offset,
                                         const chunk::framing& how, std::size_t level,
                                         captured& out) const {
  if (auto wrong = compare_header(wanted.header, got, how)) return wrong;
  if (wanted.value.type != value_kind::container) {
    return compare_value(wanted.value, got.payload, offset, out);
  }
  return compare_container(*wanted.value.inner, got, offset, level, out);
}

std::optional<mismatch> matcher::compare_container(const container_pattern& wanted,
                                                   const chunk::placed_chunk& got,
                                                   std::uint64_t offset, std::size_t level,
                                                   captured& out) const {
  const auto* known = rules_.find(got.id);
  auto how = rules_.framing;
  chunk::nested inner;
  if (rules_.framing.definition) {
    inner = unnest(rules_, got, offset, level);
    if (known && known->framing.definition) how = known->framing;
  } else {
    // Whatever the rules say, as long as they name no prefix.
    const auto prefix = std::min(known ? known->prefix : 0, got.payload.size());
    auto there = chunk::split(got.payload.subspan(prefix), offset + prefix);
    inner.prefix = got.payload.first(prefix);
    if (there) inner.subchunks = std::move(*there);
    if (!there) inner = {chunk::nesting::broken, {}, {}, there.error()};
  }
  if (inner.how == chunk::nesting::broken) {
    return mismatch{"the payload does not consist of subchunks: " + inner.fault.detail,
                    std::nullopt};
  }
  if (wanted.prefix) {
    auto wrong = compare_value(*wanted.prefix, inner.prefix, offset, out);
    if (wrong) wrong->reason = "before the subchunks, " + wrong->reason;
    if (wrong) return wrong;
  }
  const pairing of{wanted.subchunks, inner.subchunks, how, level + 1};
  return in_order_ ? compare_in_order(of, out) : compare_in_any_order(of, out);
}

std::optional<mismatch> matcher::compare_in_order(const pairing& of, captured& out) const {
  const auto& inner = of.inner;
  for (std::size_t at = 0; at < std::min(inner.size(), of.wanted.size()); ++at) {
    const auto& wanted = of.wanted[at];
    const auto number = fmt::format("subchunk {}", at + 1);
    if (inner[at].id != wanted.id) {
      return mismatch{
          fmt::format("{} is {}, not {}", number, to_text(inner[at].id), to_text(wanted.id)),
          std::nullopt};
    }
    auto wrong = compare_one(of, wanted, inner[at], out);
    if (!wrong) continue;
    wrong->reason = fmt::format("{}, {}: {}", number, to_text(wanted.id), wrong->reason);
    return wrong;
  }
  if (inner.size() == of.wanted.size()) return std::nullopt;
  return mismatch{fmt::format("{}, not {}", counted(inner.size(), "subchunk"), of.wanted.size()),
                  std::nullopt};
}

/// Finds out which subchunks each of the patterns accepts.
acceptance matcher::accept(const pairing& of) const {
  acceptance out;
  const auto& inner = of.inner;
  std::map<meaning, std::size_t> kinds;
  std::vector<const chunk_pattern*> firsts;                 // of each kind
  std::map<chunk::id, std::vector<std::uint32_t>> with_id;  // the subchunks
  for (const auto& each : of.wanted) {
    const auto [place, added] = kinds.try_emplace(meaning_of(each), firsts.size());
    out.kinds.push_back(place->second);
    if (added) firsts.push_back(&each);
    with_id[each.id];
  }
  out.accepted.resize(firsts.size());
  const auto accept = [&](std::size_t kind, std::uint32_t at) {
    auto& choice = out.accepted[kind];
    if (choice.size() < of.wanted.size()) choice.push_back(at);
  };
  captured scratch;
  for (std::uint32_t at = 0; at < inner.size(); ++at) {
    const auto same_id = with_id.find(inner[at].id);
    if (same_id == with_id.end()) continue;
    same_id->second.push_back(at);
    const auto payload = text_of(inner[at].payload);
    const auto exact = kinds.find({inner[at].id, value_kind::exact, payload, 0, 0});
    if (exact == kinds.end()) continue;
    if (!compare_header(firsts[exact->second]->header, inner[at], of.how)) {
      accept(exact->second, at);
    }
  }
  for (std::size_t kind = 0; kind < firsts.size(); ++kind) {
    const auto& wanted = *firsts[kind];
    if (is_exact(wanted)) continue;
    for (const auto at : with_id[wanted.id]) {
      if (out.accepted[kind].size() == of.wanted.size()) break;
      spend_(inner[at].payload.size() + 1);
      if (!compare_one(of, wanted, inner[at], scratch)) accept(kind, at);
      scratch.clear();
    }
  }
  return out;
}

/// Says why there is no subchunk for one of the patterns in addition to those before it.
mismatch matcher::explain_missing(const pairing& of, std::size_t missing) const {
  const auto& wanted = of.wanted[missing];
  const auto id = to_text(wanted.id);
  const auto same = [&](const chunk::placed_chunk& each) { return each.id == wanted.id; };
  const auto there = std::ranges::count_if(of.inner, same);
  if (there == 0) return {fmt::format("there is no subchunk {}", id), std::nullopt};
  if (there > 1) {
    return {fmt::format("none of the {} subchunks {} is {}={}", there, id, id, shown(wanted.value)),
            std::nullopt};
  }
  captured scratch;
  const auto& only = *std::ranges::find_if(of.inner, same);
  auto wrong = compare_one(of, wanted, only, scratch);
  if (!wrong) return {fmt::format("there is only one subchunk {}", id), std::nullopt};
  wrong->reason = fmt::format("subchunk {}: {}", id, wrong->reason);
  return std::move(*wrong);
}

std::optional<mismatch> matcher::compare_in_any_order(const pairing& of, captured& out) const {
  if (of.wanted.empty()) return std::nullopt;
  const auto from = accept(of);
  const auto placed = assign(from, of.wanted.size(), of.inner.size(), spend_);
  if (!placed) {
    // The most patterns, from the first one on, for which it can be done.
    const auto counts = std::views::iota(std::size_t{1}, of.wanted.size());
    const auto most = std::ranges::partition_point(counts, [&](std::size_t count) {
      return assign(from, count, of.inner.size(), spend_).has_value();
    });
    return explain_missing(of, static_cast<std::size_t>(most - counts.begin()));
  }
  std::vector<const chunk_pattern*> owners(of.inner.size());
  for (std::size_t at = 0; at < placed->size(); ++at) {
    owners[(*placed)[at]] = &of.wanted[at];
  }
  for (std::size_t at = 0; at < of.inner.size(); ++at) {
    if (owners[at]) compare_one(of, *owners[at], of.inner[at], out);
  }
  return std::nullopt;
}

void add_names(const value_pattern& from, std::vector<std::string>& out) {
  if (from.type == value_kind::capture) out.push_back(from.name);
  if (from.expression) {
    for (const auto& [name, index] : from.expression->NamedCapturingGroups()) out.push_back(name);
  }
  if (!from.inner) return;
  if (from.inner->prefix) add_names(*from.inner->prefix, out);
  for (const auto& each : from.inner->subchunks) add_names(each.value, out);
}

}  // namespace

chunk::result<pattern> pattern::parse(std::string_view text, bool in_order,
                                      std::string_view& offending, const chunk::protocol& rules) {
  pattern out;
  out.rules_ = &rules;
  out.in_order_ = in_order;
  pattern_parser parser(rules, offending);
  auto wanted = parser.parse(text);
  if (!wanted) return tl::unexpected(wanted.error());
  out.wanted_ = std::move(*wanted);
  offending = text;
  if (in_order && text.find(':') == text.npos) {
    return bad(text, "'exact' needs contents to be exact about");
  }
  return out;
}

std::vector<std::string> pattern::names() const {
  std::vector<std::string> out;
  add_names(wanted_.value, out);
  return out;
}

std::optional<mismatch> pattern::compare(const chunk::placed_chunk& reply, std::uint64_t offset,
                                         captured& out, const effort& spend) const {
  const auto& how = rules_->framing;
  const bool same_form = !how.definition || reply.id.form == wanted_.id.form;
  if (reply.id != wanted_.id || !same_form) {
    return mismatch{fmt::format("the ID is {}, not {}", shown_id(reply.id), shown_id(wanted_.id)),
                    std::nullopt};
  }
  const matcher compared(*rules_, in_order_, spend);
  return compared.compare(wanted_, reply, offset, how, 0, out);
}

}  // namespace tools::script
