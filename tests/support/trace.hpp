// Shows how a decoder reads a stream, as one readable line.
#pragma once

#include "support/bytes.hpp"

#include <chunk/escape.hpp>
#include <chunk/framing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// Throws if the decoder contradicts itself, which no test expects.
inline void require(bool holds, const char* rule) {
  if (!holds) throw std::logic_error(rule);
}

/// Appends a fragment to a trace. `before` is the fragment before it, if there is one, and `piece`
/// the input that was given to the decoder.
inline void append_part(std::string& out, const chunk::fragment& now, const chunk::fragment* before,
                        std::span<const std::byte> piece) {
  const bool goes_on = before && !before->ends;
  require(now.begins != goes_on, "a chunk begins where the one before it has ended");
  const bool same = before && now.head.id == before->head.id &&
                    now.head.length == before->head.length &&
                    std::ranges::equal(now.head.front, before->head.front);
  require(now.begins || same, "all parts of a chunk have its header");
  require(now.begins || now.offset == before->offset, "all parts of a chunk have its offset");
  const auto start = reinterpret_cast<std::uintptr_t>(now.payload.data());
  const auto first = reinterpret_cast<std::uintptr_t>(piece.data());
  const bool inside = start >= first && start + now.payload.size() <= first + piece.size();
  require(now.payload.empty() || inside, "a part borrows from the input");
  if (now.begins) {
    out += to_text(now.head.id) + '/' + std::to_string(now.head.length) + '@' +
           std::to_string(now.offset) + '[';
  }
  chunk::append_escaped(out, now.payload, chunk::word_escapes);
  if (now.ends) out += ']';
}

/// Decodes a stream that comes in `pieces`, and shows every chunk as ID/length@offset[payload],
/// followed by a full stop, or by an exclamation mark and the error.
inline std::string trace(std::span<const std::string_view> pieces,
                         std::uint64_t max_payload = chunk::max_length,
                         const chunk::framing& how = {}) {
  std::string out;
  chunk::decoder decoder(max_payload, how);
  chunk::fragment before;
  bool any = false;
  std::uint64_t fed = 0;
  for (const auto text : pieces) {
    const auto piece = copied(text);
    std::span<const std::byte> rest = piece;
    for (;;) {
      const auto left = rest.size();
      chunk::fragment part;
      const auto next = decoder.next(rest, part);
      if (!next) return out + '!' + to_text(next.error());
      fed += left - rest.size();
      require(decoder.offset() == fed, "the offset counts the bytes that were taken");
      if (!*next) break;
      append_part(out, part, any ? &before : nullptr, piece);
      before = part;
      any = true;
    }
    require(rest.empty(), "the decoder takes everything before it wants more");
  }
  const auto done = decoder.finish();
  require(done.has_value() == decoder.between_chunks(), "a stream ends between chunks only");
  return done ? out + '.' : out + '!' + to_text(done.error());
}

inline std::string trace(std::string_view whole, std::uint64_t max_payload = chunk::max_length,
                         const chunk::framing& how = {}) {
  return trace(std::span(&whole, 1), max_payload, how);
}

/// Splits `whole` into pieces of `size` bytes.
inline std::vector<std::string_view> cut_evenly(std::string_view whole, std::size_t size) {
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < whole.size(); at += size) pieces.push_back(whole.substr(at, size));
  return pieces;
}

/// Splits `whole` at places that are determined by `seed`, with some empty pieces.
inline std::vector<std::string_view> cut_randomly(std::string_view whole, std::uint32_t seed) {
  std::vector<std::string_view> pieces;
  while (!whole.empty()) {
    seed = seed * 1664525U + 1013904223U;  // the generator of Numerical Recipes
    const auto size = seed >> 28;
    pieces.push_back(whole.substr(0, size));
    whole.remove_prefix(pieces.back().size());
  }
  return pieces;
}

}  // namespace support
