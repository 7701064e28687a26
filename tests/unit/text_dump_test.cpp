// The text dump of any bytes, read as a script, stands for the same bytes.
#include "script/actions.hpp"
#include "support/samples.hpp"
#include "text_lines.hpp"

#include <chunk/codec.hpp>
#include <chunk/protocol.hpp>
#include <chunk/stream.hpp>
#include <chunk/transport.hpp>

#include <asio/awaitable.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::string_view_literals;
using generator = std::mt19937_64;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// Gives a stream in pieces of at most `piece` bytes.
class piecewise final : public chunk::transport {
 public:
  piecewise(std::string_view stream, std::size_t piece)
      : transport("stream", {}), rest_(bytes_of(stream)), piece_(piece) {}

  asio::awaitable<bool> wait_readable() override { co_return true; }
  asio::awaitable<bool> wait_writable() override { co_return false; }
  void shutdown_write() noexcept override {}
  void cancel() noexcept override {}

 private:
  std::optional<std::size_t> read_now(std::span<std::byte> room) override {
    const auto count = std::min({room.size(), piece_, rest_.size()});
    std::copy_n(rest_.begin(), count, room.begin());
    rest_ = rest_.subspan(count);
    return count;
  }
  std::optional<std::size_t> write_now(std::span<const std::byte>) override { return 0; }

  std::span<const std::byte> rest_;
  std::size_t piece_;
};

/// What `chunk-dump --text` prints of a stream that comes in such pieces. Chunks of more than
/// `hold` bytes are not waited for.
std::string dump(std::string_view stream, std::size_t piece, std::uint32_t hold,
                 const chunk::protocol& rules) {
  std::string out;
  cli::text_lines lines(rules, out);
  piecewise from(stream, piece);
  chunk::receiver receiver(from, {chunk::max_length, hold, 64});
  for (bool more = true; more;) {
    while (const auto given = receiver.next()) lines.add(*given);
    more = receiver.try_fill().value();
  }
  while (const auto given = receiver.next()) lines.add(*given);
  lines.finish(receiver.raw());
  return out;
}

/// What `chunk-send -f` sends.
std::string perform(const std::string& script) {
  std::string out;
  for (const auto& step : value_or_throw(script::parse_script(script, "dump"))) {
    const auto held = out.size();
    out.resize(held + step.bytes.size());
    step.bytes.read(0, std::as_writable_bytes(std::span(out).subspan(held)));
  }
  return out;
}

std::size_t below(generator& random, std::size_t limit) {
  return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
}

std::string random_bytes(generator& random, std::size_t most) {
  std::string out(below(random, most + 1), '\0');
  for (auto& each : out) each = static_cast<char>(below(random, 256));
  return out;
}

/// Bytes that mean something to the notation or to a script.
std::string awkward_bytes(generator& random, std::size_t count) {
  constexpr auto alphabet =
      "%:=@#, ><\n\r\t\0\x7f\x80\xff"
      "abAB09"sv;
  std::string out(count, '\0');
  for (auto& each : out) each = alphabet[below(random, alphabet.size())];
  return out;
}

void append_chunk(std::string& out, std::string_view id, std::string_view payload,
                  std::size_t length) {
  out += id;
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(length >> shift & 0xff);
  out += payload;
}

std::string random_id(generator& random) {
  constexpr std::array known{"NOOP"sv, "ECHO"sv, "CMPU"sv, "DLAY"sv, "OPND"sv, "STS "sv, "#abc"sv};
  const auto choice = below(random, known.size() + 2);
  if (choice < known.size()) return std::string(known[choice]);
  return awkward_bytes(random, 4);
}

/// Chunks with subchunks, some of which tell a wrong length.
std::string random_stream(generator& random, int levels) {
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

std::string cut(generator& random, std::string stream) {
  if (below(random, 2) == 0) stream.resize(below(random, stream.size() + 1));
  return stream;
}

std::string mutated(generator& random, std::string stream) {
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

std::string random_string(generator& random, const std::vector<std::string>& samples) {
  switch (below(random, 4)) {
    case 0: return random_bytes(random, 80);
    case 1: return cut(random, mutated(random, samples[below(random, samples.size())]));
    case 2: return cut(random, mutated(random, random_stream(random, 2)));
    default: return cut(random, random_stream(random, 2));
  }
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= 0x20 && c <= 0x7e); });
}

std::vector<chunk::protocol> protocols() {
  return {chunk::guessing_protocol(), value_or_throw(chunk::find_protocol("example")),
          value_or_throw(chunk::find_protocol("none"))};
}

}  // namespace

TEST_CASE("the text dump of each prefix of each sample stands for the same bytes") {
  for (const auto& rules : protocols()) {
    CAPTURE(rules.name);
    for (const auto name : support::sample_streams) {
      const auto whole = support::sample(name);
      for (std::size_t size = 0; size <= whole.size(); ++size) {
        const auto stream = whole.substr(0, size);
        CAPTURE(name);
        CAPTURE(size);
        const auto at_once = dump(stream, whole.size(), chunk::max_length, rules);
        CHECK(is_plain(at_once));
        CHECK(perform(at_once) == stream);
        CHECK(perform(dump(stream, 1, 0, rules)) == stream);
      }
    }
  }
}

TEST_CASE("the text dump of a hundred thousand random byte strings stands for the same bytes") {
  constexpr std::uint64_t seed = 20'240'607;
  CAPTURE(seed);
  std::vector<std::string> samples;
  for (const auto name : support::sample_streams) samples.push_back(support::sample(name));
  const auto rules = protocols();
  generator random(seed);
  for (int index = 0; index < 100'000; ++index) {
    CAPTURE(index);
    const auto stream = random_string(random, samples);
    const auto piece = below(random, 4) == 0 ? 1 + below(random, 20) : stream.size() + 1;
    const auto hold = static_cast<std::uint32_t>(below(random, 2) == 0 ? 64 * 1024 : 8);
    const auto& used = rules[static_cast<std::size_t>(index) % rules.size()];
    const auto text = dump(stream, piece, hold, used);
    REQUIRE(is_plain(text));
    REQUIRE(perform(text) == stream);
  }
}
