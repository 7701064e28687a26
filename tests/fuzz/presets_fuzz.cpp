// Any stream is divided by each of the built-in protocols, shown and sent again. The first byte of
// the input chooses the protocol, the second one the side, and whether there is a limit.
#include "framed.hpp"

#include <chunk/framing.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

const std::vector<chunk::protocol>& presets() {
  static const auto all = [] {
    std::vector<chunk::protocol> out;
    for (const auto name : chunk::protocol_names()) {
      auto rules = chunk::value_or_throw(chunk::find_protocol(name));
      if (rules.framing.definition) out.push_back(std::move(rules));
    }
    return out;
  }();
  return all;
}

/// Any text is a chunk of that protocol or refused, and what it stands for can be read as a stream.
void check_text(const chunk::protocol& rules, std::string_view text, chunk::stream_side side) {
  std::string_view offending;
  const auto draft = chunk::parse_chunk(text, rules, &offending);
  if (!draft) {
    const bool inside = offending.data() >= text.data() &&
                        offending.data() + offending.size() <= text.data() + text.size();
    fuzz::check(offending.empty() || inside, "the offending part is in the text");
    return;
  }
  const auto load = [](const std::string& path) -> chunk::result<std::vector<std::byte>> {
    return support::copied(path);
  };
  const auto image = chunk::encode(*draft, load);
  constexpr std::uint64_t largest = 4096;  // chosen, bytes: a filled chunk may have any size
  if (!image || image->size() > largest) return;
  std::vector<std::byte> wire(static_cast<std::size_t>(image->size()));
  fuzz::check(image->read(0, wire) == wire.size(), "an image reads whole");
  support::texts(rules, wire, side);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto stream = std::as_bytes(std::span(data, std::min<std::size_t>(size, 1024))).subspan(2);
  const auto& rules = presets()[data[0] % presets().size()];
  const auto limit = data[1] & 64 ? std::uint64_t{16} : chunk::no_limit;
  check_text(rules, support::chars(stream), fuzz::side_of(data[1] % 64));
  fuzz::check_stream(rules, stream, fuzz::side_of(data[1] % 64), limit);
  return 0;
}
