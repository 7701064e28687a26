// A payload is split into subchunks only if they fill it exactly.
#include "check.hpp"

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace {

/// Says whether chunks fill `payload` exactly, computed without the library.
bool filled(std::span<const std::byte> payload) {
  while (!payload.empty()) {
    if (payload.size() < 8) return false;
    std::uint64_t length = 0;
    for (std::size_t at = 8; at-- > 4;) {
      length = length * 256 + std::to_integer<std::uint64_t>(payload[at]);
    }
    if (length > payload.size() - 8) return false;
    payload = payload.subspan(8 + static_cast<std::size_t>(length));
  }
  return true;
}

std::vector<std::byte> joined(std::span<const chunk::placed_chunk> subchunks) {
  std::vector<std::byte> out;
  for (const auto& inner : subchunks) {
    fuzz::check(inner.offset == out.size(), "a subchunk starts where the one before ends");
    append(out, inner);
    fuzz::check(inner.size() == out.size() - inner.offset, "encoding writes the whole chunk");
  }
  return out;
}

void check_guess(std::span<const std::byte> payload, std::span<const chunk::placed_chunk> subchunks,
                 bool whole) {
  const chunk::chunk_view outer{chunk::id{}, payload};
  const auto guess = unnest(chunk::guessing_protocol(), outer);
  const bool printable = std::ranges::all_of(
      subchunks, [](const chunk::placed_chunk& inner) { return is_printable(inner.id); });
  const bool guessed = guess.how == chunk::nesting::guessed;
  fuzz::check(guessed == (whole && printable && !payload.empty()),
              "a guessed container is filled by printable subchunks");
  fuzz::check(guess.subchunks.size() == (guessed ? subchunks.size() : 0),
              "a guess gives the same subchunks");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto payload = std::as_bytes(std::span(data, size));
  const auto subchunks = chunk::split(payload);
  fuzz::check(subchunks.has_value() == filled(payload), "subchunks fill their container exactly");
  if (subchunks) {
    fuzz::check(std::ranges::equal(joined(*subchunks), payload), "subchunks encode to the payload");
    check_guess(payload, *subchunks, true);
  } else {
    fuzz::check(subchunks.error().code == chunk::errc::malformed, "the error is malformed");
    check_guess(payload, {}, false);
  }
  return 0;
}
