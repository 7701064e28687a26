// The text dump of any bytes, read as a script, gives the same bytes.
#include "format/text/text_lines.hpp"
#include "script/language/parser.hpp"
#include "support/piecewise.hpp"
#include "support/random_streams.hpp"
#include "support/samples.hpp"

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

/// What `chunk-dump --text` prints of a stream that comes in such pieces. Chunks of more than
/// `hold` bytes are not waited for.
std::string dump(std::string_view stream, std::size_t piece, std::uint32_t hold,
                 const chunk::protocol& rules) {
  std::string out;
  tools::format::text_lines lines(rules, out);
  support::takers to;
  to.part = [&](const chunk::fragment& given) { lines.add(given); };
  to.fault = [&](const chunk::error&, std::span<const std::byte> bytes, std::uint64_t) {
    lines.finish(bytes);
  };
  support::take_apart(stream, piece, hold, to);
  return out;
}

/// What `chunk-send -f` sends.
std::string perform(const std::string& script) {
  std::string out;
  const auto all = tools::script::parse({{}, {{"dump", script}}}, tools::script::role::client);
  REQUIRE(all);
  REQUIRE(!all->is_test);
  for (const auto& step : all->units.front().cases.front().steps) {
    const auto held = out.size();
    const auto& sent = std::get<chunk::image>(step.argument);
    out.resize(held + sent.size());
    sent.read(0, std::as_writable_bytes(std::span(out).subspan(held)));
  }
  return out;
}

std::vector<chunk::protocol> protocols() {
  return {chunk::guessing_protocol(), value_or_throw(chunk::find_protocol("example")),
          value_or_throw(chunk::find_protocol("none"))};
}

}  // namespace

TEST_CASE("the text dump of each prefix of each sample converts back to the same bytes") {
  for (const auto& rules : protocols()) {
    CAPTURE(rules.name);
    for (const auto name : support::sample_streams) {
      const auto whole = support::sample(name);
      for (std::size_t size = 0; size <= whole.size(); ++size) {
        const auto stream = whole.substr(0, size);
        CAPTURE(name);
        CAPTURE(size);
        const auto at_once = dump(stream, whole.size(), chunk::max_length, rules);
        CHECK(support::is_plain(at_once));
        CHECK(perform(at_once) == stream);
        CHECK(perform(dump(stream, 1, 0, rules)) == stream);
      }
    }
  }
}

TEST_CASE(
    "the text dump of a hundred thousand random byte strings converts back to the same bytes") {
  constexpr std::uint64_t seed = 20'240'607;
  CAPTURE(seed);
  std::vector<std::string> samples;
  for (const auto name : support::sample_streams) samples.push_back(support::sample(name));
  const auto rules = protocols();
  support::generator random(seed);
  for (int index = 0; index < 100'000; ++index) {
    CAPTURE(index);
    const auto stream = support::random_string(random, samples);
    const auto piece =
        support::below(random, 4) == 0 ? 1 + support::below(random, 20) : stream.size() + 1;
    const auto hold = static_cast<std::uint32_t>(support::below(random, 2) == 0 ? 64 * 1024 : 8);
    const auto& used = rules[static_cast<std::size_t>(index) % rules.size()];
    const auto text = dump(stream, piece, hold, used);
    REQUIRE(support::is_plain(text));
    REQUIRE(perform(text) == stream);
  }
}
