#include "chunk/protocol.hpp"

#include <chunk/escape.hpp>

#include <cstdint>
#include <span>

namespace chunk {

/// lib/protocols/example.toml, which the build makes a source of.
[[gnu::visibility("hidden")]] extern const std::string_view example_toml;

namespace {

/// Most payloads are no containers, so that a guess is refused without a word.
bool looks_like_subchunks(std::span<const std::byte> payload) {
  while (payload.size() >= header_size) {
    const auto head = decode_header(payload.first<header_size>());
    payload = payload.subspan(header_size);
    if (!is_printable(head.id) || head.length > payload.size()) return false;
    payload = payload.subspan(head.length);
  }
  return payload.empty();
}

/// The bytes of an ID as a number that is ordered as the ID is.
std::uint32_t key_of(const id& value) {
  std::uint32_t key = 0;
  for (const auto each : value.bytes) key = key << 8 | std::to_integer<std::uint32_t>(each);
  return key;
}

}  // namespace

const rule* protocol::find(const chunk::id& id) const {
  // This is asked for every chunk. No step depends on a comparison, so that none is mispredicted.
  const auto wanted = key_of(id);
  const auto* first = rules.data();
  for (auto count = rules.size(); count > 1;) {
    const auto half = count / 2;
    first += key_of(first[half].id) <= wanted ? half : 0;
    count -= half;
  }
  return !rules.empty() && first->id == id ? first : nullptr;
}

const protocol& guessing_protocol() {
  static const protocol rules{"guess", {}, true};
  return rules;
}

result<protocol> find_protocol(std::string_view name) {
  if (name == "none") return protocol{"none", {}, false};
  if (name == "example") {
    static const auto built_in = parse_protocol(example_toml, "example");
    return built_in;
  }
  const auto shown = quoted(name);
  return tl::unexpected(
      error{errc::bad_protocol, "no protocol '" + shown + "'; there are example and none"});
}

nested open(const protocol& rules, const chunk_view& chunk, std::uint64_t offset) {
  const auto known = rules.find(chunk.id);
  const bool declared = known && known->container;
  const bool guessed =
      !declared && rules.guesses && !chunk.payload.empty() && looks_like_subchunks(chunk.payload);
  if (!declared && !guessed) return {};
  auto subchunks = split(chunk.payload, offset);
  if (!subchunks) return {nesting::broken, {}, subchunks.error()};
  return {guessed ? nesting::guessed : nesting::declared, std::move(*subchunks), {}};
}

}  // namespace chunk
