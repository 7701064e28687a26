// Random streams: chunks with subchunks, wrong lengths, truncation, and bytes with a meaning.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace support {

using generator = std::mt19937_64;

inline std::size_t below(generator& random, std::size_t limit) {
  return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
}

inline std::string random_bytes(generator& random, std::size_t most) {
  std::string out(below(random, most + 1), '\0');
  for (auto& each : out) each = static_cast<char>(below(random, 256));
  return out;
}

/// Bytes with a meaning in the notation, in scripts, in JSON or in UTF-8.
inline std::string awkward_bytes(generator& random, std::size_t count) {
  using namespace std::string_view_literals;
  constexpr auto alphabet =
      "%:=@#~, ><\n\r\t\0\x7f\x80\xff\"\\{}[]\xc2\xed\x9f\xbf"
      "abAB09"sv;
  std::string out(count, '\0');
  for (auto& each : out) each = alphabet[below(random, alphabet.size())];
  return out;
}

inline void append_chunk(std::string& out, std::string_view id, std::string_view payload,
                         std::size_t length) {
  out += id;
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(length >> shift & 0xff);
  out += payload;
}

inline std::string random_id(generator& random) {
  constexpr std::array<std::string_view, 7> known{"NOOP", "ECHO", "CMPU", "DLAY",
                                                  "OPND", "STS ", "#abc"};
  const auto choice = below(random, known.size() + 2);
  if (choice < known.size()) return std::string(known[choice]);
  return awkward_bytes(random, 4);
}

/// Chunks with subchunks, some of which declare a wrong length.
inline std::string random_stream(generator& random, int levels) {
  std::string out;
  for (auto left = below(random, 4); left > 0; --left) {
    std::string payload;
    if (levels > 0 && below(random, 2) == 0) {
      payload = random_stream(random, levels - 1);
    } else if (below(random, 2) == 0) {
      payload = awkward_bytes(random, below(random, 12));
    } else {
      payload = random_bytes(random, 40);
    }
    const auto wrong = below(random, 10) == 0 ? below(random, 20) : payload.size();
    append_chunk(out, random_id(random), payload, wrong);
  }
  return out;
}

inline std::string cut(generator& random, std::string stream) {
  if (below(random, 2) == 0) stream.resize(below(random, stream.size() + 1));
  return stream;
}

inline std::string mutated(generator& random, std::string stream) {
  for (auto left = below(random, 6); left > 0; --left) {
    const auto at = below(random, stream.size() + 1);
    switch (below(random, 3)) {
      case 0: stream.insert(at, random_bytes(random, 3)); break;
      case 1: stream.erase(at, below(random, 9)); break;
      default: stream.replace(at, 1, awkward_bytes(random, 1)); break;
    }
  }
  return stream;
}

inline std::string random_string(generator& random, const std::vector<std::string>& samples) {
  switch (below(random, 4)) {
    case 0: return random_bytes(random, 80);
    case 1: return cut(random, mutated(random, samples[below(random, samples.size())]));
    case 2: return cut(random, mutated(random, random_stream(random, 2)));
    default: return cut(random, random_stream(random, 2));
  }
}

inline bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= 0x20 && c <= 0x7e); });
}

}  // namespace support
