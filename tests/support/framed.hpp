// Streams in the framings of protocol files: decoded in pieces, and shown in the notation.
#pragma once

#include "support/bytes.hpp"
#include "support/trace.hpp"

#include <chunk/escape.hpp>
#include <chunk/framing.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

using buffer = std::vector<std::byte>;

/// The bytes of a text with escapes.
inline buffer wire_of(std::string_view text) {
  return chunk::value_or_throw(chunk::unescape(text));
}

inline constexpr chunk::escape_set shown_escapes{"%[]<>{}"};

inline std::string shown(std::span<const std::byte> of) {
  return chunk::escaped(of, shown_escapes);
}

/// Decodes a stream that comes in pieces, in the way of a reader that may walk through containers.
///
/// A chunk is shown as LEVEL ID,fields/declared@offset[payload]+tail, and without the level outside
/// containers. `{` stands where the walk enters a container, `}` where it leaves it, `<>` around
/// stray bytes, `()` around the preamble. Behind the chunk stand `!trailer` and `!pad` where these
/// are wrong. At the end stands a full stop, or an exclamation mark and the error.
class framed_tracer {
 public:
  framed_tracer(const chunk::protocol& rules, chunk::stream_side side, bool walks,
                std::uint64_t most)
      : rules_(rules), decoder_(most, rules.framing.of(side)), walks_(walks) {}

  /// Returns: false after an error
  bool take(std::span<const std::byte> piece) {
    held_.insert(held_.end(), piece.begin(), piece.end());
    std::span<const std::byte> rest = held_;
    bool fine = true;
    while (fine) {
      auto given = rest;
      bool enters = false;
      if (walks_ && decoder_.between_chunks() && !decoder_.pending()) {
        const auto wanted = up_to_subchunks(rest);
        if (wanted > rest.size()) break;
        if (wanted > 0) given = rest.first(wanted);
        enters = wanted > 0;
      }
      const auto before = given.size();
      const auto more = next(given, enters);
      rest = rest.subspan(before - given.size());
      fine = more.has_value();
      if (!fine || !*more) break;
    }
    held_ = buffer(rest.begin(), rest.end());
    return fine;
  }

  std::string end() {
    decoder_.end();
    walks_ = false;
    if (!take({})) return out_;
    const auto done = decoder_.finish();
    return done ? out_ + '.' : out_ + '!' + to_text(done.error());
  }

  const std::string& text() const { return out_; }

 private:
  /// Bytes up to the first subchunk of the container that comes next. 0: it is none, or empty.
  std::size_t up_to_subchunks(std::span<const std::byte> rest) const {
    const auto front = decoder_.peek(rest);
    if (front.is == chunk::header_reading::state::partial) return rest.size() + 1;
    if (front.is != chunk::header_reading::state::whole) return 0;
    const auto* container = rules_.walked_container(front.head, decoder_.level());
    return container ? front.size + container->prefix : 0;
  }

  chunk::result<bool> next(std::span<const std::byte>& input, bool enters) {
    chunk::fragment now;
    const bool whole = decoder_.take_whole(input, now, chunk::no_limit);
    auto more = whole ? chunk::result<bool>(true) : decoder_.next(input, now);
    if (!more) out_ += '!' + to_text(more.error());
    if (!more || !*more) return more;
    append(now);
    if (enters && !now.ends && now.payload.size() == rules_.find(now.head.id)->prefix) {
      decoder_.enter(rules_.find(now.head.id)->framing);
      out_ += '{';
    }
    return more;
  }

  void append(const chunk::fragment& now) {
    if (now.kind != chunk::fragment_kind::chunk) {
      const auto marks = now.kind == chunk::fragment_kind::stray ? "<>" : "()";
      if (now.begins) out_ += marks[0];
      out_ += shown(now.payload);
      if (now.ends) out_ += marks[1];
      return;
    }
    if (now.begins) {
      if (now.level > 0) out_ += std::to_string(now.level) + ' ';
      out_ += to_text(now.head.id);
      for (const auto& each : rules_.framing.fields(now.level > 0 ? chunk::header() : now.head)) {
        if (!each.by_default) out_ += ',' + std::string(each.name) + '=' + each.text();
      }
      out_ += '/' + std::to_string(now.declared) + '@' + std::to_string(now.offset) + '[';
    }
    out_ += shown(now.payload);
    if (!now.ends) return;
    out_ += now.leaves ? "}]" : "]";
    if (!now.tail.empty()) out_ += '+' + shown(now.tail);
    if (now.wrong_trailer) out_ += "!trailer";
    if (now.wrong_padding) out_ += "!pad";
  }

  const chunk::protocol& rules_;
  chunk::decoder decoder_;
  bool walks_;
  buffer held_;
  std::string out_;
};

inline std::string framed_trace(const chunk::protocol& rules, std::span<const std::byte> wire,
                                std::size_t cut, chunk::stream_side side, bool walks = false,
                                std::uint64_t most = chunk::no_limit) {
  framed_tracer out(rules, side, walks, most);
  // Exactly as many bytes as there are, so that a sanitizer sees each access beyond.
  const buffer first(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(cut));
  const buffer second(wire.begin() + static_cast<std::ptrdiff_t>(cut), wire.end());
  if (!out.take(first) || !out.take(second)) return out.text();
  return out.end();
}

inline std::string framed_trace_bytewise(const chunk::protocol& rules,
                                         std::span<const std::byte> wire, chunk::stream_side side,
                                         bool walks = false, std::uint64_t most = chunk::no_limit) {
  framed_tracer out(rules, side, walks, most);
  for (const auto each : wire) {
    if (!out.take(std::span(&each, 1))) return out.text();
  }
  return out.end();
}

/// The bytes that a text written by the library stands for.
inline buffer sent(const std::string& text, const chunk::protocol& rules) {
  const auto plain = [](char c) { return c >= ' ' && c <= '~'; };
  require(std::ranges::all_of(text, plain), "what is shown is plain ASCII");
  constexpr auto raw = std::string_view("raw-send:");
  if (text.starts_with(raw)) return wire_of(text.substr(raw.size()));
  const auto draft = chunk::value_or_throw(chunk::parse_chunk(text, rules));
  const auto image = chunk::value_or_throw(chunk::encode(draft, nullptr));
  buffer out(static_cast<std::size_t>(image.size()));
  require(image.read(0, out) == out.size(), "an image reads whole");
  return out;
}

/// Shows every whole chunk of a stream, and holds that it is sent as it came.
inline std::string texts(const chunk::protocol& rules, std::span<const std::byte> wire,
                         chunk::stream_side side) {
  chunk::decoder decoder(chunk::no_limit, rules.framing.of(side));
  std::string out;
  buffer payload;
  auto rest = wire;
  for (bool ended = false;;) {
    chunk::fragment now;
    const auto more = decoder.next(rest, now);
    if (!more) return out + '!';
    if (!*more) {
      if (std::exchange(ended, true)) break;
      decoder.end();
      continue;
    }
    if (now.kind != chunk::fragment_kind::chunk) continue;
    if (now.begins) payload.clear();
    payload.insert(payload.end(), now.payload.begin(), now.payload.end());
    if (!now.ends) continue;
    auto placed = now.placed();
    placed.payload = payload;
    const auto text = to_text(placed, rules);
    const auto at = static_cast<std::size_t>(now.offset);
    const auto size = static_cast<std::size_t>(placed.size());
    if (!std::ranges::equal(sent(text, rules), wire.subspan(at, size))) {
      throw std::logic_error("other bytes come of " + text);
    }
    out += text + '\n';
  }
  return out;
}

}  // namespace support
