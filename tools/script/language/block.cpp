#include "script/language/block.hpp"

#include "io/files.hpp"
#include "script/language/gathered_bytes.hpp"
#include "script/language/lines.hpp"
#include "script/language/mistake.hpp"

#include <chunk/escape.hpp>
#include <chunk/id.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tools::script {
namespace {

/// What the first line of a block has at its end.
constexpr std::string_view opening_brace = " {";

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

/// Longer texts of bytes are read piece by piece. Chosen: few lines are as long.
constexpr std::size_t longest_held = 1024 * 1024;

/// Characters of a text that are read at a time. Chosen.
constexpr std::size_t text_piece = 64 * 1024;

/// Appends the bytes that a text stands for.
chunk::result<void> append_unescaped(gathered_bytes& out, std::string_view text) {
  while (!text.empty()) {
    auto size = std::min(text.size(), text_piece);
    // An escape is not torn apart.
    const auto escape = text.rfind('%', size - 1);
    const bool torn = size < text.size() && escape != text.npos && escape + 3 > size;
    if (torn) size = std::min(escape + 3, text.size());
    const auto bytes = chunk::unescape(text.substr(0, size));
    if (!bytes) return tl::unexpected(bytes.error());
    out.append(*bytes);
    text.remove_prefix(size);
  }
  return {};
}

/// Gives the bytes that the text of contents consists of; nullopt: it has subchunks, or names a
/// file.
std::optional<std::string_view> plain_bytes_of(std::string_view contents) {
  if (contents.starts_with(':')) return contents.substr(1);
  if (contents.starts_with('@') || contents.find_first_of(":=") != contents.npos) {
    return std::nullopt;
  }
  return contents;
}

/// Reads chunks to send, and the lines of blocks. What is long is never held in memory.
class chunk_encoder {
 public:
  chunk_encoder(std::string_view lines, const chunk::protocol& rules, chunk::completeness how,
                std::string_view& offending)
      : rest_(lines), rules_(rules), how_(how), offending_(offending) {}

  /// Reads a line of one chunk. `outer` is the container that it stands in; nullptr: none.
  chunk::result<chunk::image> encode_line(std::string_view line, const chunk::rule* outer);

  /// Reads the block of a container whose first line is `first`.
  chunk::result<chunk::image> encode_block(std::string_view first, const chunk::rule& known,
                                           const chunk::rule* outer, std::size_t level);

  /// The lines behind what was read.
  std::string_view rest() const { return rest_; }

 private:
  using done = chunk::result<void>;

  chunk::result<chunk::draft> parse_line(std::string_view line, const chunk::rule* outer) {
    return outer ? parse_subchunk(line, rules_, *outer, &offending_, how_)
                 : parse_chunk(line, rules_, &offending_, how_);
  }

  done check_prefix(std::string_view first, const chunk::rule& known, const chunk::draft& made);
  done append_prefix(const chunk::draft& made, gathered_bytes& out);
  done append_item(std::string_view line, const chunk::rule& known, std::size_t level,
                   gathered_bytes& out);
  done close(std::string_view line, std::string_view first, const chunk::rule* outer,
             chunk::draft& out);

  std::string_view rest_;
  const chunk::protocol& rules_;
  chunk::completeness how_;
  std::string_view& offending_;
};

chunk::result<chunk::image> chunk_encoder::encode_line(std::string_view line,
                                                       const chunk::rule* outer) {
  const auto colon = std::min(line.find(':'), line.size());
  const auto bytes = line.size() > longest_held && colon < line.size()
                         ? plain_bytes_of(line.substr(colon + 1))
                         : std::nullopt;
  const auto made = parse_line(bytes ? line.substr(0, colon) : line, outer);
  if (!made) return tl::unexpected(made.error());
  if (!bytes) {
    offending_ = line;
    return chunk::encode(*made, io::load_file);
  }
  offending_ = *bytes;
  gathered_bytes gathered;
  const auto read = append_unescaped(gathered, *bytes);
  if (!read) return tl::unexpected(read.error());
  offending_ = line;
  const auto contents = gathered.finish();
  return chunk::encode(*made, io::load_file, &contents);
}

chunk::result<void> chunk_encoder::check_prefix(std::string_view first, const chunk::rule& known,
                                                const chunk::draft& made) {
  if (how_ == chunk::completeness::provisional) return {};
  std::size_t size = 0;
  for (const auto& each : made.contents) {
    if (each.subchunk || !each.path.empty()) return {};
    size += each.bytes.size();
  }
  if (size == known.prefix) return {};
  offending_ = first;
  return bad(first, fmt::format("{} bytes stand before the subchunks, not {}", known.prefix, size));
}

/// Appends what the first line of a block has as contents.
chunk::result<void> chunk_encoder::append_prefix(const chunk::draft& made, gathered_bytes& out) {
  chunk::draft bare = made;
  bare.length.reset();
  bare.cut.reset();
  bare.fill.reset();
  const auto whole = chunk::encode(bare, io::load_file);
  if (!whole) return tl::unexpected(whole.error());
  std::vector<std::byte> bytes(
      static_cast<std::size_t>(whole->size() - whole->header_size() - whole->tail_size()));
  whole->read(whole->header_size(), bytes);
  out.append(bytes);
  return {};
}

/// Takes the modifiers behind the brace that ends a block.
chunk::result<void> chunk_encoder::close(std::string_view line, std::string_view first,
                                         const chunk::rule* outer, chunk::draft& out) {
  if (line == "}") return {};
  const auto text = std::string(id_of(first)).append(line.substr(1));
  const auto made = parse_line(text, outer);
  offending_ = line;
  if (!made) return tl::unexpected(made.error());
  const bool whole = made->contents.empty() && !made->cut && !made->fill && made->fields.empty();
  if (!whole) return bad(line, "only len=N, trailer=bytes and pad=bytes stand behind a }");
  if (made->length) out.length = made->length;
  if (made->trailer) out.trailer = made->trailer;
  if (made->padding) out.padding = made->padding;
  return {};
}

/// Appends what a line of a block stands for, and the lines of the block that it begins.
chunk::result<void> chunk_encoder::append_item(std::string_view line, const chunk::rule& known,
                                               std::size_t level, gathered_bytes& out) {
  if (line.starts_with(chunk::raw_prefix)) {
    offending_ = line.substr(chunk::raw_prefix.size());
    return append_unescaped(out, offending_);
  }
  const auto* const inner = container_of(line, rules_, rules_.framing_in(&known), level);
  const auto made = inner ? encode_block(line, *inner, &known, level) : encode_line(line, &known);
  if (!made) return tl::unexpected(made.error());
  out.append(*made);
  return {};
}

chunk::result<chunk::image> chunk_encoder::encode_block(std::string_view first,
                                                        const chunk::rule& known,
                                                        const chunk::rule* outer,
                                                        std::size_t level) {
  const auto beginning = trimmed(first.substr(0, first.size() - opening_brace.size()));
  auto head = parse_line(beginning, outer);
  if (!head) return tl::unexpected(head.error());
  gathered_bytes gathered;
  auto read = check_prefix(beginning, known, *head);
  if (read) read = append_prefix(*head, gathered);
  if (!read) return tl::unexpected(read.error());
  while (!rest_.empty()) {
    const auto line = take_line(rest_);
    if (!is_action(line)) continue;
    const bool ends = ends_block(line);
    read =
        ends ? close(line, beginning, outer, *head) : append_item(line, known, level + 1, gathered);
    if (!read) return tl::unexpected(read.error());
    if (!ends) continue;
    offending_ = first;
    const auto contents = gathered.finish();
    return chunk::encode(*head, io::load_file, &contents);
  }
  offending_ = first;
  return bad(first, "a block without its }");
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

chunk::result<chunk::image> encode_chunk(std::string_view text, const chunk::protocol& rules,
                                         chunk::completeness how, std::string_view& offending) {
  auto lines = text;
  const auto first = take_line(lines);
  if (!begins_block(first, rules)) {
    return chunk_encoder({}, rules, how, offending).encode_line(text, nullptr);
  }
  chunk_encoder reading(lines, rules, how, offending);
  const auto& known = *container_of(first, rules, rules.framing, 0);
  auto out = reading.encode_block(first, known, nullptr, 0);
  const bool more = out && !trimmed(reading.rest()).empty();
  if (!more) return out;
  offending = trimmed(reading.rest());
  return bad(offending, "stands behind the end of a block");
}

}  // namespace tools::script
