#include "script/language/block.hpp"

#include "script/language/lines.hpp"

#include <chunk/escape.hpp>
#include <chunk/id.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tools::script {
namespace {

/// What the first line of a block has at its end.
constexpr std::string_view opening_brace = " {";

constexpr std::string_view raw_bytes = "raw-send:";

/// The text of a line up to its first colon or comma: an ID.
std::string_view id_of(std::string_view line) {
  return line.substr(0, line.find_first_of(":,"));
}

/// Finds the container whose block begins with a line in the framing `how`.
///
/// Returns: nullptr: the line begins none
const chunk::rule* container_of(std::string_view line, const chunk::protocol& rules,
                                const chunk::framing& how, std::size_t level) {
  if (!how.definition || !line.ends_with(opening_brace)) return nullptr;
  const auto beginning = trimmed(line.substr(0, line.size() - opening_brace.size()));
  const auto id = chunk::parse_id(id_of(beginning), how.ids());
  if (!id) return nullptr;
  const auto* const known = rules.find(*id);
  return rules.contains(known, level) ? known : nullptr;
}

/// Says whether a line ends a block.
bool ends_block(std::string_view line) {
  return line == "}" || line.starts_with("},");
}

tl::unexpected<chunk::error> wrong(std::string_view text, std::string_view reason) {
  return tl::unexpected(chunk::error{chunk::errc::bad_notation,
                                     fmt::format("'{}': {}", chunk::quoted(text), reason)});
}

/// Reads the lines of one block, and of those in it.
class block_parser {
 public:
  block_parser(std::string_view lines, const chunk::protocol& rules, chunk::completeness how,
               std::string_view& offending)
      : rest_(lines), rules_(rules), how_(how), offending_(offending) {}

  /// Reads the block of a container whose first line is `first`. `outer` is the container that it
  /// stands in; nullptr: none.
  chunk::result<chunk::draft> parse(std::string_view first, const chunk::rule& known,
                                    const chunk::rule* outer, std::size_t level);

  /// The lines behind what was read.
  std::string_view rest() const { return rest_; }

 private:
  chunk::result<chunk::draft> parse_line(std::string_view line, const chunk::rule* outer) {
    return outer ? parse_subchunk(line, rules_, *outer, &offending_, how_)
                 : parse_chunk(line, rules_, &offending_, how_);
  }

  chunk::result<void> check_prefix(std::string_view first, const chunk::rule& known,
                                   const chunk::draft& made);
  chunk::result<void> close(std::string_view line, std::string_view first, const chunk::rule* outer,
                            chunk::draft& out);
  chunk::result<chunk::item> parse_item(std::string_view line, const chunk::rule& known,
                                        std::size_t level);

  std::string_view rest_;
  const chunk::protocol& rules_;
  chunk::completeness how_;
  std::string_view& offending_;
};

chunk::result<void> block_parser::check_prefix(std::string_view first, const chunk::rule& known,
                                               const chunk::draft& made) {
  if (how_ == chunk::completeness::provisional) return {};
  std::size_t size = 0;
  for (const auto& each : made.contents) {
    if (each.subchunk || !each.path.empty()) return {};
    size += each.bytes.size();
  }
  if (size == known.prefix) return {};
  offending_ = first;
  return wrong(first,
               fmt::format("{} bytes stand before the subchunks, not {}", known.prefix, size));
}

/// Takes the modifiers behind the brace that ends a block.
chunk::result<void> block_parser::close(std::string_view line, std::string_view first,
                                        const chunk::rule* outer, chunk::draft& out) {
  if (line == "}") return {};
  const auto text = std::string(id_of(first)).append(line.substr(1));
  const auto made = parse_line(text, outer);
  offending_ = line;
  if (!made) return tl::unexpected(made.error());
  const bool whole = made->contents.empty() && !made->cut && !made->fill && made->fields.empty();
  if (!whole) return wrong(line, "only len=N, trailer=bytes and pad=bytes stand behind a }");
  if (made->length) out.length = made->length;
  if (made->trailer) out.trailer = made->trailer;
  if (made->padding) out.padding = made->padding;
  return {};
}

chunk::result<chunk::item> block_parser::parse_item(std::string_view line, const chunk::rule& known,
                                                    std::size_t level) {
  chunk::item out;
  if (line.starts_with(raw_bytes)) {
    offending_ = line.substr(raw_bytes.size());
    auto bytes = chunk::unescape(offending_);
    if (!bytes) return tl::unexpected(bytes.error());
    out.bytes = std::move(*bytes);
    return out;
  }
  const auto* const inner = container_of(line, rules_, rules_.framing_in(&known), level);
  auto made = inner ? parse(line, *inner, &known, level) : parse_line(line, &known);
  if (!made) return tl::unexpected(made.error());
  out.subchunk = std::make_shared<const chunk::draft>(std::move(*made));
  return out;
}

chunk::result<chunk::draft> block_parser::parse(std::string_view first, const chunk::rule& known,
                                                const chunk::rule* outer, std::size_t level) {
  const auto beginning = trimmed(first.substr(0, first.size() - opening_brace.size()));
  auto out = parse_line(beginning, outer);
  if (!out) return out;
  const auto fits = check_prefix(beginning, known, *out);
  if (!fits) return tl::unexpected(fits.error());
  while (!rest_.empty()) {
    const auto line = take_line(rest_);
    if (!is_action(line)) continue;
    if (ends_block(line)) {
      const auto done = close(line, beginning, outer, *out);
      if (!done) return tl::unexpected(done.error());
      return out;
    }
    auto made = parse_item(line, known, level + 1);
    if (!made) return tl::unexpected(made.error());
    out->contents.push_back(std::move(*made));
  }
  offending_ = first;
  return wrong(first, "a block without its }");
}

}  // namespace

bool begins_block(std::string_view line, const chunk::protocol& rules) {
  return container_of(line, rules, rules.framing, 0) != nullptr;
}

std::size_t take_block(std::string_view& first, std::string_view& rest,
                       const chunk::protocol& rules) {
  auto line = first;
  take_connection(line);
  std::vector<chunk::framing> open{rules.framing_in(container_of(line, rules, rules.framing, 0))};
  std::size_t lines = 0;
  const auto* end = first.data() + first.size();
  while (!rest.empty() && !open.empty()) {
    line = take_line(rest);
    ++lines;
    if (!is_action(line)) continue;
    end = line.data() + line.size();
    if (ends_block(line)) {
      open.pop_back();
    } else if (const auto* inner = container_of(line, rules, open.back(), open.size())) {
      open.push_back(rules.framing_in(inner));
    }
  }
  first = {first.data(), static_cast<std::size_t>(end - first.data())};
  return lines;
}

chunk::result<chunk::draft> parse_block(std::string_view text, const chunk::protocol& rules,
                                        chunk::completeness how, std::string_view& offending) {
  const auto first = take_line(text);
  block_parser parser(text, rules, how, offending);
  auto out = parser.parse(first, *container_of(first, rules, rules.framing, 0), nullptr, 0);
  const bool more = out && !trimmed(parser.rest()).empty();
  if (!more) return out;
  offending = trimmed(parser.rest());
  return wrong(offending, "stands behind the end of a block");
}

}  // namespace tools::script
