#include "script/language/pattern.hpp"

#include "io/files.hpp"
#include "script/language/expectation.hpp"
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

tl::unexpected<chunk::error> bad(std::string_view text, std::string_view reason) {
  return tl::unexpected(chunk::error{chunk::errc::bad_notation,
                                     fmt::format("'{}': {}", chunk::quoted(text), reason)});
}

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
  }
  return std::nullopt;
}

/// What a pattern for a subchunk accepts: equal for patterns that accept the same.
using meaning = std::tuple<chunk::id, value_kind, std::string_view, std::uint64_t, std::uint64_t>;

meaning meaning_of(const chunk::id& id, const value_pattern& value) {
  switch (value.type) {
    case value_kind::any:
    case value_kind::capture: return {id, value_kind::any, {}, 0, 0};
    case value_kind::exact: return {id, value.type, text_of(value.contents), 0, 0};
    case value_kind::regex: return {id, value.type, value.text, 0, 0};
    case value_kind::length: break;
  }
  return {id, value.type, {}, value.least, value.most};
}

}  // namespace

chunk::result<void> pattern::parse_subchunks(std::string_view text, std::string_view& offending) {
  for (bool more = true; more;) {
    const auto stop = text.find(':');
    more = stop != text.npos;
    const auto item = text.substr(0, stop);
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    offending = item;
    const auto equals = item.find('=');
    if (equals == item.npos) {
      return bad(item, "not ID=bytes; literal : and = are written %3a and %3d");
    }
    offending = item.substr(0, equals);
    const auto id = chunk::parse_id(offending);
    if (!id) return tl::unexpected(id.error());
    offending = item.substr(equals + 1);
    if (offending.find('=') != offending.npos) {
      return bad(offending, "a literal = in contents is written %3d");
    }
    auto& added = subchunks_.emplace_back();
    added.id = *id;
    const auto done = parse_value(offending, added.value);
    if (!done) return done;
  }
  return {};
}

/// Reads contents with modifiers, or plain ones.
chunk::result<void> pattern::parse_whole(std::string_view text, std::string_view contents,
                                         std::string_view& offending) {
  const auto draft = chunk::parse_chunk(text, chunk::chunk_protocol(), &offending);
  if (!draft) return tl::unexpected(draft.error());
  offending = text;
  if (draft->length || draft->cut) return bad(text, "no reply has a wrong length");
  auto image = chunk::encode(*draft, io::load_file);
  if (!image) return tl::unexpected(image.error());
  whole_.type = value_kind::exact;
  whole_.text = contents;
  whole_.repeated = std::make_shared<const chunk::image>(std::move(*image));
  return {};
}

chunk::result<pattern> pattern::parse(std::string_view text, bool in_order,
                                      std::string_view& offending) {
  constexpr std::string_view length = "len=";
  const auto colon = text.find(':');
  const auto head = text.substr(0, colon);
  const auto comma = head.find(',');
  pattern out;
  out.in_order_ = in_order;
  offending = head.substr(0, comma);
  const auto id = chunk::parse_id(offending);
  if (!id) return tl::unexpected(id.error());
  out.id_ = *id;
  offending = text;
  const bool has_contents = colon != text.npos;
  if (in_order && !has_contents) return bad(text, "'exact' needs contents to be exact about");
  const auto contents = has_contents ? text.substr(colon + 1) : std::string_view{};
  chunk::result<void> done;
  if (comma != head.npos) {
    done = out.parse_whole(text, contents, offending);
  } else if (!has_contents) {
    out.whole_.type = value_kind::any;
  } else if (contents.starts_with(length)) {
    offending = contents;
    out.whole_.text = contents;
    done = parse_length(contents.substr(length.size()), out.whole_);
  } else if (contents.starts_with('~') || contents.starts_with('@') ||
             contents.find_first_of(":=") == contents.npos) {
    offending = contents;
    done = parse_value(contents, out.whole_);
  } else {
    done = out.parse_subchunks(contents, offending);
  }
  if (!done) return tl::unexpected(done.error());
  return out;
}

std::vector<std::string> pattern::names() const {
  std::vector<std::string> out;
  const auto add = [&](const value_pattern& from) {
    if (from.type == value_kind::capture) out.push_back(from.name);
    if (!from.expression) return;
    for (const auto& [name, index] : from.expression->NamedCapturingGroups()) out.push_back(name);
  };
  add(whole_);
  for (const auto& each : subchunks_) add(each.value);
  return out;
}

std::optional<mismatch> pattern::compare_in_order(const std::vector<chunk::placed_chunk>& inner,
                                                  captured& out) const {
  for (std::size_t at = 0; at < std::min(inner.size(), subchunks_.size()); ++at) {
    const auto& wanted = subchunks_[at];
    const auto number = fmt::format("subchunk {}", at + 1);
    if (inner[at].id != wanted.id) {
      return mismatch{
          fmt::format("{} is {}, not {}", number, to_text(inner[at].id), to_text(wanted.id)),
          std::nullopt};
    }
    auto wrong = compare_value(wanted.value, inner[at].payload, inner[at].payload_offset(), out);
    if (!wrong) continue;
    wrong->reason = fmt::format("{}, {}: {}", number, to_text(wanted.id), wrong->reason);
    return wrong;
  }
  if (inner.size() == subchunks_.size()) return std::nullopt;
  return mismatch{fmt::format("{}, not {}", counted(inner.size(), "subchunk"), subchunks_.size()),
                  std::nullopt};
}

/// Finds out which subchunks each of the patterns accepts.
acceptance pattern::accept(const std::vector<chunk::placed_chunk>& inner,
                           const effort& spend) const {
  acceptance out;
  std::map<meaning, std::size_t> kinds;
  std::vector<const subchunk*> firsts;                      // of each kind
  std::map<chunk::id, std::vector<std::uint32_t>> with_id;  // the subchunks
  for (const auto& each : subchunks_) {
    const auto [place, added] = kinds.try_emplace(meaning_of(each.id, each.value), firsts.size());
    out.kinds.push_back(place->second);
    if (added) firsts.push_back(&each);
    with_id[each.id];
  }
  out.accepted.resize(firsts.size());
  const auto accept = [&](std::size_t kind, std::uint32_t at) {
    auto& choice = out.accepted[kind];
    if (choice.size() < subchunks_.size()) choice.push_back(at);
  };
  for (std::uint32_t at = 0; at < inner.size(); ++at) {
    const auto same_id = with_id.find(inner[at].id);
    if (same_id == with_id.end()) continue;
    same_id->second.push_back(at);
    const auto payload = text_of(inner[at].payload);
    const auto exact = kinds.find({inner[at].id, value_kind::exact, payload, 0, 0});
    if (exact != kinds.end()) accept(exact->second, at);
  }
  captured scratch;
  for (std::size_t kind = 0; kind < firsts.size(); ++kind) {
    const auto& wanted = firsts[kind]->value;
    if (wanted.type == value_kind::exact) continue;
    for (const auto at : with_id[firsts[kind]->id]) {
      if (out.accepted[kind].size() == subchunks_.size()) break;
      const auto payload = inner[at].payload;
      spend(payload.size() + 1);
      if (!compare_value(wanted, payload, 0, scratch)) accept(kind, at);
      scratch.clear();
    }
  }
  return out;
}

/// Says why there is no subchunk for one of the patterns in addition to those before it.
mismatch pattern::explain_missing(std::size_t missing,
                                  const std::vector<chunk::placed_chunk>& inner) const {
  const auto& wanted = subchunks_[missing];
  const auto id = to_text(wanted.id);
  const auto same = [&](const chunk::placed_chunk& each) { return each.id == wanted.id; };
  const auto there = std::ranges::count_if(inner, same);
  if (there == 0) return {fmt::format("there is no subchunk {}", id), std::nullopt};
  if (there > 1) {
    return {fmt::format("none of the {} subchunks {} is {}={}", there, id, id, shown(wanted.value)),
            std::nullopt};
  }
  captured scratch;
  const auto& only = *std::ranges::find_if(inner, same);
  auto wrong = compare_value(wanted.value, only.payload, only.payload_offset(), scratch);
  if (!wrong) return {fmt::format("there is only one subchunk {}", id), std::nullopt};
  wrong->reason = fmt::format("subchunk {}: {}", id, wrong->reason);
  return std::move(*wrong);
}

std::optional<mismatch> pattern::compare_in_any_order(const std::vector<chunk::placed_chunk>& inner,
                                                      captured& out, const effort& spend) const {
  const auto from = accept(inner, spend);
  const auto placed = assign(from, subchunks_.size(), inner.size(), spend);
  if (!placed) {
    // The most patterns, from the first one on, for which it can be done.
    const auto counts = std::views::iota(std::size_t{1}, subchunks_.size());
    const auto most = std::ranges::partition_point(counts, [&](std::size_t count) {
      return assign(from, count, inner.size(), spend).has_value();
    });
    return explain_missing(static_cast<std::size_t>(most - counts.begin()), inner);
  }
  std::vector<const value_pattern*> owners(inner.size());
  for (std::size_t at = 0; at < placed->size(); ++at) {
    owners[(*placed)[at]] = &subchunks_[at].value;
  }
  for (std::size_t at = 0; at < inner.size(); ++at) {
    if (owners[at]) compare_value(*owners[at], inner[at].payload, 0, out);
  }
  return std::nullopt;
}

std::optional<mismatch> pattern::compare(const chunk::chunk_view& reply, std::uint64_t offset,
                                         captured& out, const effort& spend) const {
  if (reply.id != id_) {
    return mismatch{fmt::format("the ID is {}, not {}", to_text(reply.id), to_text(id_)),
                    std::nullopt};
  }
  if (subchunks_.empty()) return compare_value(whole_, reply.payload, offset, out);
  const auto inner = chunk::split(reply.payload, offset);
  if (!inner) {
    return mismatch{"the payload does not consist of subchunks: " + inner.error().detail,
                    std::nullopt};
  }
  return in_order_ ? compare_in_order(*inner, out) : compare_in_any_order(*inner, out, spend);
}

}  // namespace tools::script
