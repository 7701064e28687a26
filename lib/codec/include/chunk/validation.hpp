// Validation: checks chunks against the rules of their protocol.
#pragma once

#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chunk {

/// One violation. All of the text is plain ASCII.
struct finding {
  enum class kind {
    unexpected,   ///< an ID that the protocol does not have, or not there
    missing,      ///< a subchunk that has to be there
    repeated,     ///< a subchunk that may be there once
    misplaced,    ///< a subchunk out of its order
    malformed,    ///< subchunks that do not fill their container
    bad_value,    ///< a payload that does not have the form of its type
    bad_trailer,  ///< a trailer that is not the right one
    bad_padding,  ///< padding that is not zero, or missing
  };

  kind type = kind::unexpected;
  std::uint64_t offset = 0;           ///< stream offset of the faulty chunk or subchunk; for a
                                      ///< missing subchunk, of its container
  chunk::id id;                       ///< of the chunk
  std::optional<chunk::id> subchunk;  ///< of the subchunk in it that is wrong or missing
  std::string text;                   ///< in words: "CMPU: no OPER"

  bool operator==(const finding&) const = default;
};

/// Gives the name of a kind of finding, which is the enumerator's with a hyphen.
std::string_view to_text(finding::kind type);

/// Gives everything that is wrong with a whole chunk, in the order of offsets. A protocol that
/// guesses or has no rules finds nothing wrong.
///
/// Source: chunk-protocol(5), VALIDATION
std::vector<finding> validate(const protocol& rules, const placed_chunk& chunk);

/// The same for a chunk whose header starts at `offset` and is as encode() writes it.
std::vector<finding> validate(const protocol& rules, const chunk_view& chunk,
                              std::uint64_t offset = 0);

/// Gives the findings of a chunk of which only the header is known.
std::vector<finding> validate(const protocol& rules, const header& head, std::uint64_t offset = 0);

/// A set of places in a list. Most lists are short, and for these it needs no memory of its own.
class place_set {
 public:
  bool contains(std::size_t place) const {
    if (place < bits) return (first_ >> place & 1) != 0;
    const auto at = place / bits - 1;
    return at < more_.size() && (more_[at] >> place % bits & 1) != 0;
  }

  /// Returns: whether the place is new
  bool insert(std::size_t place) {
    if (contains(place)) return false;
    if (place / bits > more_.size()) more_.resize(place / bits);
    (place < bits ? first_ : more_[place / bits - 1]) |= std::uint64_t{1} << place % bits;
    return true;
  }

 private:
  static constexpr std::size_t bits = 64;  // in a word

  std::uint64_t first_ = 0;
  std::vector<std::uint64_t> more_;  // the words behind the first one
};

/// The members of a container that have come so far.
struct member_progress {
  place_set seen{};
  std::size_t last = 0;  ///< the greatest place in the order
};

/// Checks a stream that comes in fragments by the same rules. A container whose subchunks come one
/// by one has the findings of a whole one, but those of what is missing only when it ends.
class fragment_validator {
 public:
  /// The rules outlive the validator.
  explicit fragment_validator(const protocol& rules) : rules_(rules) {}

  /// Gives the findings of the next fragment. Of a chunk that comes in several, only the header and
  /// what stands behind the payload are checked. `stray` says why stray bytes are not a chunk.
  std::vector<finding> add(const fragment& given, const error* stray = nullptr);

 private:
  /// A container whose subchunks come one by one.
  struct container {
    const rule* known = nullptr;
    chunk::id id{};
    std::uint64_t offset = 0;
    member_progress members{};
    bool broken = false;  // not all of it is chunks
  };

  const protocol& rules_;
  std::vector<container> open_;
};

/// What is wrong behind the payload of a chunk.
struct tail_fault {
  finding::kind type = finding::kind::bad_trailer;
  std::string text;  ///< in words, plain ASCII: "wrong trailer %00%00%00%00"
};

/// Gives what is wrong with the trailer and the padding of a whole chunk.
std::vector<tail_fault> check_tail(const placed_chunk& chunk, const framing& how);

/// The same for a chunk that ends with a fragment.
std::vector<tail_fault> check_tail(const fragment& last, const framing& how);

}  // namespace chunk
