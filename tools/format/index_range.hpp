// Which chunks are taken by their number among those that are chosen.
#pragma once

#include <chunk/error.hpp>

#include <cstdint>
#include <limits>
#include <string_view>

namespace tools::format {

/// Numbers of chunks, counted from 1. The default is all of them.
struct index_range {
  std::uint64_t first = 1;
  std::uint64_t last = std::numeric_limits<std::uint64_t>::max();

  bool operator==(const index_range&) const = default;

  bool contains(std::uint64_t index) const { return index >= first && index <= last; }
  bool is_everything() const { return *this == index_range(); }
};

/// Reads "5", "3..7" or "3..".
///
/// Errors: errc::bad_notation
/// Source: chunk-dump(1), --index
chunk::result<index_range> parse_index_range(std::string_view text);

}  // namespace tools::format
