// The decoder gives the same events for a stream in whatever pieces it comes.
#include "check.hpp"
#include "support/trace.hpp"

#include <chunk/framing.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

/// Compares the trace of the whole input with those of the input in pieces. A trace ends with the
/// result of finish(), and every piece is in memory of exactly its size.
void check_cuts(std::string_view stream, std::uint64_t max_payload) {
  const auto expected = support::trace(stream, max_payload);
  for (const std::size_t size : {1U, 2U, 3U, 7U, 8U, 9U}) {
    const auto pieces = support::cut_evenly(stream, size);
    fuzz::check(support::trace(pieces, max_payload) == expected, "even cuts change nothing");
  }
  for (std::uint32_t seed = 1; seed <= 4; ++seed) {
    const auto pieces = support::cut_randomly(stream, seed);
    fuzz::check(support::trace(pieces, max_payload) == expected, "random cuts change nothing");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  for (const std::uint64_t max_payload : {chunk::max_length, std::uint64_t{0}, std::uint64_t{16}}) {
    check_cuts(stream, max_payload);
  }
  return 0;
}
