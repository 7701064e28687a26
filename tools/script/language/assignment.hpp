// Assigns patterns to subchunks, one each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace tools::script {

/// Called as a long comparison goes on, with the bytes or steps since the last call. May throw to
/// end the comparison.
using effort = std::function<void(std::size_t cost)>;

/// What some patterns accept. Patterns that accept the same are one kind.
struct acceptance {
  std::vector<std::size_t> kinds;  ///< of each pattern
  /// For each kind the indices of subchunks that it accepts, in ascending order: all of them, or as
  /// many as there are patterns.
  std::vector<std::vector<std::uint32_t>> accepted;
};

/// Gives each of the first `patterns` patterns a subchunk of its own that it accepts, out of
/// `subchunks` ones. Patterns of one kind get theirs in order.
///
/// Returns: the index of the subchunk of each pattern; nullopt: there is no such assignment
/// Throws:  what `spend` throws
std::optional<std::vector<std::size_t>> assign(const acceptance& from, std::size_t patterns,
                                               std::size_t subchunks, const effort& spend);

}  // namespace tools::script
