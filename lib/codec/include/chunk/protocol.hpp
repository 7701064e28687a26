// Particular protocols: what is known of their chunks, from a protocol file or built in.
#pragma once

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/id_list.hpp>
#include <chunk/value.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chunk {

/// How often a subchunk occurs in its container.
enum class occurrence {
  once,
  at_most_once,   ///< `?`
  any,            ///< `*`
  at_least_once,  ///< `+`
};

/// One kind of subchunk in a container.
struct member {
  chunk::id id;
  occurrence times = occurrence::once;

  bool operator==(const member&) const = default;
};

/// What a protocol says of the chunks with one ID. Every ID that it mentions has a rule.
struct rule {
  // What is asked for every chunk stands together.
  chunk::id id;
  bool container = false;          ///< contains subchunks
  bool ordered = false;            ///< the members come in that order
  bool others = false;             ///< other subchunks are allowed, too
  bool request = false;            ///< it is answered
  bool reply = false;              ///< it answers
  bool outer = false;              ///< it may occur in the stream itself
  bool inner = false;              ///< it may occur in a container
  std::optional<value_type> type;  ///< of the payload
  std::size_t prefix = 0;          ///< bytes of a container before its first subchunk
  chunk::framing framing{};        ///< of its subchunks
  std::string summary;
  id_list<member> members;         ///< which subchunks it contains
  std::vector<chunk::id> replies;  ///< what answers it

  bool operator==(const rule&) const = default;
};

/// What is known of the chunks of one protocol.
struct protocol {
  std::string name;
  id_list<rule> rules;       ///< ordered by ID; an ID may have one rule for each of its forms
  bool guesses = false;      ///< treat chunks that look like containers as such
  chunk::framing framing{};  ///< of the stream and, where a rule says nothing else, of containers

  /// What the framings and the IDs of the rules point to; empty in the chunk framing.
  std::vector<std::shared_ptr<const framing_definition>> definitions{};

  /// Whether braces have a meaning in the notation: around subchunks of subchunks, and around the
  /// lines of a block.
  bool braces = false;

  /// Gives the rule for an ID; nullptr: there is none.
  const rule* find(const chunk::id& id) const;

  /// Gives the framing of the subchunks of a container, of which `container` is the rule; nullptr:
  /// it has none.
  const chunk::framing& framing_in(const rule* container) const {
    return container && container->framing.definition ? container->framing : framing;
  }

  /// Says whether subchunks follow the prefix of a chunk that stands on `level`, 0 outside
  /// containers.
  bool contains(const rule* known, std::size_t level) const {
    return known && known->container && level < framing.depth();
  }

  /// Says whether unnest() may find subchunks, after a look at the rule and at the first length.
  bool may_nest(const chunk::id& id, std::span<const std::byte> payload, std::size_t level) const;

  /// Gives the rule of a container on `level` whose subchunks can come one by one, since there is
  /// something behind its prefix; nullptr: the chunk is none.
  const rule* walked_container(const header& head, std::size_t level) const {
    const auto* known = find(head.id);
    return contains(known, level) && head.length > known->prefix ? known : nullptr;
  }
};

/// Reads a protocol file.
///
/// Errors: errc::bad_protocol; the detail begins with "name:line:column: "
/// Source: chunk-protocol(5)
result<protocol> parse_protocol(std::string_view toml, const std::string& name);

/// Gives the protocol that says nothing: the chunk framing without rules.
const protocol& chunk_protocol();

/// Gives a protocol without rules, in which every chunk whose payload consists of subchunks with
/// printable IDs is a container.
const protocol& guessing_protocol();

/// The names that find_protocol() knows: those of the built-in protocols, and `none`.
std::vector<std::string_view> protocol_names();

/// Says in one line what the built-in protocol of that name is; empty if there is none.
std::string_view protocol_summary(std::string_view name);

/// Gives the built-in protocol of that name. `none` has no rules.
///
/// Errors: errc::bad_protocol when there is no such protocol
result<protocol> find_protocol(std::string_view name);

/// Whether a chunk is a container, and why.
enum class nesting {
  plain,     ///< contains no subchunks
  declared,  ///< the protocol says so
  guessed,   ///< it looks like it
  broken,    ///< the protocol says so, but the subchunks do not fill it
};

/// What a chunk contains.
struct nested {
  nesting how = nesting::plain;
  std::span<const std::byte> prefix{};  ///< what stands before them
  std::vector<placed_chunk> subchunks;  ///< empty when plain or broken
  error fault;                          ///< when broken
};

/// Splits a whole chunk into its subchunks by the rules of `rules`. `offset` is the stream offset
/// of its payload, and `level` says in how many containers it stands.
///
/// Shape: the subchunks borrow from the payload
nested unnest(const protocol& rules, const chunk_view& chunk, std::uint64_t offset = 0,
              std::size_t level = 0);

}  // namespace chunk
