// What holds of every stream in every framing.
#pragma once

#include "check.hpp"
#include "support/framed.hpp"

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>
#include <chunk/validation.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace fuzz {

/// Decodes a stream in several ways, and holds that they agree, and that every chunk is shown in
/// the notation so that the same bytes come of it.
inline void check_stream(const chunk::protocol& rules, std::span<const std::byte> stream,
                         chunk::stream_side side, std::uint64_t most) {
  for (const bool walks : {false, true}) {
    const auto whole = support::framed_trace(rules, stream, stream.size(), side, walks, most);
    check(support::framed_trace_bytewise(rules, stream, side, walks, most) == whole,
          "single bytes change nothing");
    for (const auto cut : {stream.size() / 3, stream.size() / 2}) {
      check(support::framed_trace(rules, stream, cut, side, walks, most) == whole,
            "a cut changes nothing");
    }
  }
  support::texts(rules, stream, side);
  const auto wrong = for_each_chunk(rules.framing, stream, 0, [&](const chunk::placed_chunk& each) {
    check(each.size() > 0, "a chunk has bytes");
    validate(rules, each);
    return true;
  });
  if (wrong) wrong->why();
}

/// A side of a stream for each number.
inline chunk::stream_side side_of(unsigned number) {
  constexpr chunk::stream_side sides[] = {chunk::stream_side::unknown, chunk::stream_side::client,
                                          chunk::stream_side::server};
  return sides[number % 3];
}

}  // namespace fuzz
