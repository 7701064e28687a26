#include "chunk/protocol.hpp"

#include <chunk/escape.hpp>

#include <algorithm>
#include <span>

namespace chunk {

using namespace literals;

const protocol& guessing_protocol() {
  static const protocol rules{"guess", {}, true};
  return rules;
}

result<protocol> find_protocol(std::string_view name) {
  if (name == "none") return protocol{"none", {}, false};
  if (name == "example") return protocol{"example", {"CMPU"_id, "DLAY"_id, "ANSR"_id}, false};
  const auto shown = escaped(std::as_bytes(std::span(name)), quote_escapes);
  return tl::unexpected(
      error{errc::bad_protocol, "no protocol '" + shown + "'; there are example and none"});
}

opened open(const protocol& rules, const view& chunk) {
  const bool declared = std::ranges::find(rules.containers, chunk.id) != rules.containers.end();
  if (!declared && !(rules.guesses && chunk.payload.size() >= header_size)) return {};
  auto subchunks = split(chunk.payload);
  if (declared) {
    if (!subchunks) return {nesting::broken, {}, subchunks.error()};
    return {nesting::declared, std::move(*subchunks), {}};
  }
  const auto printable = [](const view& inner) { return is_printable(inner.id); };
  if (!subchunks || !std::ranges::all_of(*subchunks, printable)) return {};
  return {nesting::guessed, std::move(*subchunks), {}};
}

}  // namespace chunk
