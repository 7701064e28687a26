#include "chunk/protocol.hpp"

#include <chunk/escape.hpp>

#include <algorithm>
#include <span>

namespace chunk {

using namespace literals;

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

}  // namespace

const protocol& guessing_protocol() {
  static const protocol rules{"guess", {}, true};
  return rules;
}

result<protocol> find_protocol(std::string_view name) {
  if (name == "none") return protocol{"none", {}, false};
  if (name == "example") return protocol{"example", {"CMPU"_id, "DLAY"_id, "ANSR"_id}, false};
  const auto shown = quoted(name);
  return tl::unexpected(
      error{errc::bad_protocol, "no protocol '" + shown + "'; there are example and none"});
}

opened open(const protocol& rules, const view& chunk) {
  const bool declared = std::ranges::find(rules.containers, chunk.id) != rules.containers.end();
  const bool guessed =
      !declared && rules.guesses && !chunk.payload.empty() && looks_like_subchunks(chunk.payload);
  if (!declared && !guessed) return {};
  auto subchunks = split(chunk.payload);
  if (!subchunks) return {nesting::broken, {}, subchunks.error()};
  return {guessed ? nesting::guessed : nesting::declared, std::move(*subchunks), {}};
}

}  // namespace chunk
