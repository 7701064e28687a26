// Tells from the beginning of a stream that it consists of something else than chunks.
#pragma once

#include <chunk/framing.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tools::dump {

/// A built-in protocol whose framing a stream seems to have.
struct resemblance {
  std::string protocol;
  bool same = false;  ///< its first chunk is the same in the chunk framing
};

/// Finds the built-in protocol that a stream with the beginning `front` is of. At least four bytes
/// of it have to tell: those that the protocol puts before the first chunk or into each header, and
/// IDs of several bytes that it knows.
///
/// Returns: the one of which most bytes tell; nullopt if there is none
std::optional<resemblance> find_resemblance(std::span<const std::byte> front);

/// Looks at the chunks of a stream in the chunk framing until their headers show that they are
/// none.
///
/// A long chunk makes no sense if its ID is not printable, or if its length consists of the
/// characters of a text. Behind chunks that make sense it is a fault like others, unless a built-in
/// protocol fits the beginning of the stream.
///
/// Source: chunk-dump(1), FAULTS
class first_look {
 public:
  /// What is to be said of a stream.
  struct verdict {
    bool stops = false;  ///< it is no stream of chunks; otherwise it is both
    std::string text;
  };

  /// Says whether a fragment tells nothing: that of a short chunk, after one that made sense.
  bool ignores(const chunk::fragment& given) const {
    return made_sense_ && given.head.length < least_doubted;
  }

  /// Takes the next fragment. `bytes` are the fragment and what has come behind it, from its header
  /// on where a chunk begins.
  ///
  /// Returns: nullopt if there is nothing to say
  std::optional<verdict> add(const chunk::fragment& given, std::span<const std::byte> bytes);

 private:
  /// Chosen: the shortest chunk that is doubted. Random bytes rarely declare a shorter one.
  static constexpr std::uint64_t least_doubted = 64 * 1024 + 1;

  std::optional<verdict> judge(const chunk::fragment& long_one, bool first);

  std::vector<std::byte> front_;  // of the stream
  bool begun_ = false;
  bool made_sense_ = false;  // some chunk
  bool over_ = false;        // nothing is said any more
};

}  // namespace tools::dump
