#include "script/language/pattern.hpp"

#include "io/files.hpp"
#include "script/language/expectation.hpp"
#include "script/language/words.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
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

/// Gives each pattern a chunk of its own, where that can be done, by augmenting paths: a pattern
/// that finds its only chunk taken has the other one look further.
class subchunk_matching {
 public:
  subchunk_matching(std::size_t patterns, std::size_t chunks,
                    std::function<bool(std::size_t, std::size_t)> fits)
      : fits_(std::move(fits)), owner_(chunks, patterns), patterns_(patterns) {}

  /// Returns: false if there is no chunk for this pattern in addition to the earlier ones
  bool place(std::size_t pattern) {
    std::vector<bool> seen(owner_.size());
    return place(pattern, seen);
  }

  /// The pattern of each chunk; the number of patterns stands for none.
  const std::vector<std::size_t>& owners() const { return owner_; }

 private:
  bool place(std::size_t pattern, std::vector<bool>& seen) {
    for (std::size_t at = 0; at < owner_.size(); ++at) {
      if (seen[at] || !fits_(pattern, at)) continue;
      seen[at] = true;
      if (owner_[at] != patterns_ && !place(owner_[at], seen)) continue;
      owner_[at] = pattern;
      return true;
    }
    return false;
  }

  std::function<bool(std::size_t, std::size_t)> fits_;
  std::vector<std::size_t> owner_;
  std::size_t patterns_;
};

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
  const auto draft = chunk::parse_chunk(text, &offending);
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

std::optional<mismatch> pattern::compare_in_any_order(const std::vector<chunk::placed_chunk>& inner,
                                                      captured& out) const {
  captured scratch;
  subchunk_matching placed(
      subchunks_.size(), inner.size(), [&](std::size_t wanted, std::size_t at) {
        const auto& each = subchunks_[wanted];
        return each.id == inner[at].id && !compare_value(each.value, inner[at].payload, 0, scratch);
      });
  for (std::size_t at = 0; at < subchunks_.size(); ++at) {
    if (placed.place(at)) continue;
    const auto& wanted = subchunks_[at];
    const auto id = to_text(wanted.id);
    const auto same = [&](const chunk::placed_chunk& each) { return each.id == wanted.id; };
    const auto there = std::ranges::count_if(inner, same);
    if (there == 0) return mismatch{fmt::format("there is no subchunk {}", id), std::nullopt};
    if (there > 1) {
      return mismatch{
          fmt::format("none of the {} subchunks {} is {}={}", there, id, id, shown(wanted.value)),
          std::nullopt};
    }
    const auto only = static_cast<std::size_t>(std::ranges::find_if(inner, same) - inner.begin());
    auto wrong =
        compare_value(wanted.value, inner[only].payload, inner[only].payload_offset(), scratch);
    if (!wrong) return mismatch{fmt::format("there is only one subchunk {}", id), std::nullopt};
    wrong->reason = fmt::format("subchunk {}: {}", id, wrong->reason);
    return wrong;
  }
  for (std::size_t at = 0; at < inner.size(); ++at) {
    const auto owner = placed.owners()[at];
    if (owner == subchunks_.size()) continue;
    compare_value(subchunks_[owner].value, inner[at].payload, 0, out);
  }
  return std::nullopt;
}

std::optional<mismatch> pattern::compare(const chunk::chunk_view& reply, std::uint64_t offset,
                                         captured& out) const {
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
  return in_order_ ? compare_in_order(*inner, out) : compare_in_any_order(*inner, out);
}

}  // namespace tools::script
