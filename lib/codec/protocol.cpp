#include "chunk/protocol.hpp"

#include "built_in.hpp"
#include "chunk_header.hpp"
#include "framing_errors.hpp"

#include <chunk/escape.hpp>

#include <algorithm>
#include <cstdint>
#include <span>

namespace chunk {
namespace {

/// The protocol that says nothing of any chunk.
constexpr std::string_view no_protocol = "none";

/// Says whether a payload consists of chunks with printable IDs. Most payloads do not, so that no
/// list of subchunks and no error is made here.
bool looks_like_subchunks(const framing& how, std::span<const std::byte> payload) {
  std::uint64_t offset = 0;
  placed_chunk each;
  while (!payload.empty()) {
    if (!take_chunk(how, payload, offset, each) || !is_printable(each.id)) return false;
  }
  return true;
}

}  // namespace

const rule* protocol::find(const chunk::id& id) const {
  // A form of the chunk framing has only the decoder of the C API, which walks its containers.
  return rules.find(
      id, [&](const rule& each) { return !framing.definition || each.id.form == id.form; });
}

bool protocol::may_nest(const chunk::id& id, std::span<const std::byte> payload,
                        std::size_t level) const {
  if (!rules.empty() && contains(find(id), level)) return true;
  if (!guesses || level >= framing.depth()) return false;
  return framing.definition || length_if_whole(payload, no_limit);
}

const protocol& chunk_protocol() {
  static const protocol rules{std::string(no_protocol), {}};
  return rules;
}

const protocol& guessing_protocol() {
  static const protocol rules{"guess", {}, true};
  return rules;
}

[[gnu::cold]] std::vector<std::string_view> protocol_names() {
  std::vector<std::string_view> out;
  for (const auto& each : built_in_files()) out.push_back(each.name);
  out.push_back(no_protocol);
  return out;
}

[[gnu::cold]] std::string_view protocol_summary(std::string_view name) {
  if (name == no_protocol) return "No protocol: payloads are shown as they are.";
  const auto found = std::ranges::find(built_in_files(), name, &protocol_file::name);
  return found == built_in_files().end() ? std::string_view() : found->summary;
}

[[gnu::cold]] result<protocol> find_protocol(std::string_view name) {
  if (name == no_protocol) return chunk_protocol();
  for (const auto& each : built_in_files()) {
    if (each.name == name) return parse_protocol(each.toml, std::string(name));
  }
  return tl::unexpected(error{errc::bad_protocol, "no protocol '" + quoted(name) + "'"});
}

nested unnest(const protocol& rules, const chunk_view& chunk, std::uint64_t offset,
              std::size_t level) {
  if (level >= rules.framing.depth()) return {};
  const auto* known = rules.find(chunk.id);
  const bool declared = known && known->container;
  const bool guessed = !declared && rules.guesses && !chunk.payload.empty() &&
                       looks_like_subchunks(rules.framing, chunk.payload);
  if (!declared && !guessed) return {};
  const auto prefix = declared ? known->prefix : 0;
  if (prefix > chunk.payload.size()) {
    auto reason = place_in(chunk.id, offset) + prefix_reason(prefix, chunk.payload.size());
    return {nesting::broken, {}, {}, error{errc::malformed, std::move(reason)}};
  }
  std::vector<placed_chunk> subchunks;
  const auto wrong = for_each_chunk(rules.framing_in(known), chunk.payload.subspan(prefix),
                                    offset + prefix, [&](const placed_chunk& each) {
                                      subchunks.push_back(each);
                                      return true;
                                    });
  if (wrong) {
    auto reason = place_in(chunk.id, wrong->offset) +
                  misfit_reason(wrong->front, wrong->rest.size(), wrong->rest);
    return {nesting::broken, {}, {}, error{errc::malformed, std::move(reason)}};
  }
  return {guessed ? nesting::guessed : nesting::declared,
          chunk.payload.first(prefix),
          std::move(subchunks),
          {}};
}

}  // namespace chunk
