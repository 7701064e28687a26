// Streams in any framing: made at random, shown by a formatter, and read back from its text.
#pragma once

#include "format/formatter.hpp"
#include "support/bytes.hpp"
#include "support/random_streams.hpp"

#include <chunk/escape.hpp>
#include <chunk/framing.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace support {

// --- making ---

inline std::vector<std::byte> bytes_of(const chunk::draft& from) {
  const auto made = encode(from, [](const std::string&) -> chunk::result<std::vector<std::byte>> {
    return std::vector<std::byte>();
  });
  if (!made) return {};
  std::vector<std::byte> out(static_cast<std::size_t>(made->size()));
  made->read(0, out);
  return out;
}

inline const chunk::framing& framing_in(const chunk::protocol& rules, const chunk::rule* outer) {
  return outer && outer->framing.definition ? outer->framing : rules.framing;
}

/// An ID in the framing of a container: one of the protocol or, sometimes, any.
inline std::string random_id_in(generator& random, const chunk::protocol& rules,
                                const chunk::rule* outer) {
  const auto* form = framing_in(rules, outer).ids();
  std::vector<chunk::id> known;
  for (const auto& each : rules.rules) {
    if (each.id.form == form) known.push_back(each.id);
  }
  if (!known.empty() && below(random, 5) > 0) return to_text(known[below(random, known.size())]);
  if (form->is_number) return std::to_string(below(random, 256));
  std::string out(form->size, 'x');
  if (below(random, 2) == 0) out = awkward_bytes(random, form->size);
  return to_text(chunk::id_of_bytes(bytes(out), form));
}

/// Whole chunks, which stand in `level` containers, `outer` being the rule of the innermost.
inline std::string random_chunks(generator& random, const chunk::protocol& rules,
                                 const chunk::rule* outer, std::size_t level) {
  std::string out;
  const auto& how = framing_in(rules, outer);
  for (auto left = below(random, 4); left > 0; --left) {
    auto text = random_id_in(random, rules, outer);
    for (const auto& each : how.fields(chunk::header{})) {
      if (below(random, 3) > 0) continue;
      const std::string value(each.bytes.size(), 'f');
      text += "," + std::string(each.name) + "=" +
              (each.number ? std::to_string(below(random, 256)) : value);
    }
    if (below(random, 20) == 0) text += ",len=" + std::to_string(below(random, 300));
    if (how.definition && below(random, 20) == 0) text += ",pad=%00%01";
    auto made = outer ? parse_subchunk(text, rules, *outer) : parse_chunk(text, rules);
    if (!made) continue;
    const auto* known = rules.find(made->id);
    std::string payload;
    if (rules.contains(known, level) && below(random, 8) > 0) {
      payload = std::string(known->prefix, 'p') + random_chunks(random, rules, known, level + 1);
    } else {
      payload = below(random, 2) == 0 ? awkward_bytes(random, below(random, 14))
                                      : random_bytes(random, 40);
    }
    if (below(random, 40) == 0) payload += std::string(300, 'z');
    const auto held = bytes(payload);
    made->contents.push_back({nullptr, {held.begin(), held.end()}, {}});
    out += chars(bytes_of(*made));
  }
  return out;
}

inline std::string random_framed_stream(generator& random, const chunk::protocol& rules) {
  if (below(random, 12) == 0) return random_bytes(random, 80);
  std::string out;
  for (const auto side : {chunk::stream_side::client, chunk::stream_side::server}) {
    const auto start = rules.framing.of(side).start();
    if (start.count == 0 || (side == chunk::stream_side::server && !out.empty())) continue;
    if (side == chunk::stream_side::client || below(random, 2) == 0) {
      out = start.bytes.empty() ? std::string(start.count, 's') : chars(start.bytes);
    }
  }
  if (below(random, 6) == 0) out.clear();
  out += random_chunks(random, rules, nullptr, 0);
  out += random_chunks(random, rules, nullptr, 0);
  if (below(random, 2) == 0) out = mutated(random, std::move(out));
  return cut(random, std::move(out));
}

// --- showing ---

struct showing {
  std::size_t piece = 1;  ///< the most bytes that the decoder is given at a time
  std::function<bool()> enters = [] { return true; };  ///< whether to walk through a container
};

/// Gives a formatter the fragments of a stream, as a reader does.
///
/// Returns: bytes up to the end or, in a stream that breaks the framing, up to its header
inline std::size_t show_stream(const chunk::protocol& rules, std::string_view stream,
                               const showing& how, tools::format::formatter& to) {
  chunk::decoder decoder(chunk::no_limit, rules.framing);
  chunk::fragment out;
  auto rest = bytes(stream);
  std::vector<const chunk::rule*> outer;
  const auto give = [&] {
    tools::format::details known;
    if (out.kind == chunk::fragment_kind::stray) known.stray = &decoder.stray_reason();
    to.add(out, known);
    if (out.leaves) outer.pop_back();
  };
  const auto container = [&]() -> const chunk::rule* {
    if (!decoder.between_chunks() || decoder.pending()) return nullptr;
    const auto front = decoder.peek(rest);
    if (front.is != chunk::header_reading::state::whole || front.alone) return nullptr;
    const auto* known = rules.find(front.head.id);
    if (!rules.contains(known, decoder.level())) return nullptr;
    const bool holds = front.open || front.head.length > known->prefix;
    return holds && rest.size() >= front.size + known->prefix && how.enters() ? known : nullptr;
  };
  chunk::result<bool> more = true;
  while (more && !(rest.empty() && !*more)) {
    auto piece = rest.first(std::min(how.piece, rest.size()));
    const auto* known = container();
    if (known) piece = rest.first(decoder.peek(rest).size + known->prefix);
    const auto size = piece.size();
    more = decoder.next(piece, out);
    rest = rest.subspan(size - piece.size());
    if (!more || !*more) continue;
    out.enters = known != nullptr;
    give();
    if (!known) continue;
    decoder.enter(framing_in(rules, known));
    outer.push_back(known);
  }
  if (more) {
    decoder.end();
    std::span<const std::byte> none;
    for (more = decoder.next(none, out); more && *more; more = decoder.next(none, out)) give();
  }
  const auto whole = more ? decoder.finish() : chunk::result<void>(tl::unexpected(more.error()));
  const auto partial = decoder.partial_header();
  if (!whole) to.fault(whole.error(), partial, decoder.offset() - partial.size());
  to.finish();
  return static_cast<std::size_t>(decoder.offset());
}

// --- reading back ---

/// Gives the bytes that the lines of a text dump stand for.
class text_reader {
 public:
  explicit text_reader(const chunk::protocol& rules) : rules_(rules) { blocks_.emplace_back(); }

  /// Returns: the bytes, followed by the line that cannot be read
  std::string read(std::string_view text) {
    while (!text.empty()) {
      const auto stop = std::min(text.find('\n'), text.size());
      const auto line = text.substr(0, stop);
      if (!take(line)) return blocks_.front().contents + "!" + std::string(line);
      text.remove_prefix(std::min(stop + 1, text.size()));
    }
    return blocks_.size() == 1 ? blocks_.front().contents : "!a block without an end";
  }

 private:
  struct block {
    std::string head;
    std::string contents{};
    const chunk::rule* rule = nullptr;
  };

  bool take(std::string_view line) {
    constexpr std::string_view raw = "raw-send:", preamble = "preamble";
    auto& out = blocks_.back().contents;
    if (line.starts_with(raw)) return add_bytes(line.substr(raw.size()));
    if (line == preamble) {
      out += chars(rules_.framing.of(chunk::stream_side::client).start().bytes);
      return true;
    }
    if (line.starts_with(preamble)) return add_bytes(line.substr(preamble.size() + 1));
    if (line.ends_with(" {") && begin(line.substr(0, line.size() - 2))) return true;
    if (blocks_.size() > 1 && (line == "}" || line.starts_with("},"))) {
      return end(line.substr(1));
    }
    const auto made = parse(line);
    if (!made) return false;
    out += chars(bytes_of(*made));
    return true;
  }

  bool add_bytes(std::string_view text) {
    const auto read = chunk::unescape(text);
    if (read) blocks_.back().contents += chars(*read);
    return read.has_value();
  }

  chunk::result<chunk::draft> parse(std::string_view text) const {
    const auto* outer = blocks_.back().rule;
    return outer ? parse_subchunk(text, rules_, *outer) : parse_chunk(text, rules_);
  }

  bool begin(std::string_view head) {
    const auto made = parse(head);
    const auto* known = made ? rules_.find(made->id) : nullptr;
    if (!known || !known->container) return false;
    blocks_.push_back({std::string(head), {}, known});
    return true;
  }

  bool end(std::string_view modifiers) {
    if (blocks_.size() == 1) return false;
    auto ended = std::move(blocks_.back());
    blocks_.pop_back();
    ended.head.insert(std::min(ended.head.find(':'), ended.head.size()), modifiers);
    auto made = parse(ended.head);
    if (!made) return false;
    const auto held = bytes(ended.contents);
    made->contents.push_back({nullptr, {held.begin(), held.end()}, {}});
    blocks_.back().contents += chars(bytes_of(*made));
    return true;
  }

  const chunk::protocol& rules_;
  std::vector<block> blocks_;
};

}  // namespace support
