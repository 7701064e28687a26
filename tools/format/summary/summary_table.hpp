// A table of IDs as text.
#pragma once

#include "format/palette.hpp"

#include <chunk/net/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools::format {

/// The payload lengths of the chunks of one line.
struct length_summary {
  std::uint64_t least = 0;
  std::uint64_t median = 0;
  std::uint64_t greatest = 0;
  bool exact = true;  ///< whether the median is exact
};

struct summary_line {
  std::string name;
  std::string_view role;    ///< "request", "reply", "both"; empty where the protocol says nothing
  std::uint64_t count = 0;  ///< chunks
  std::uint64_t bytes = 0;  ///< headers and payloads
  std::optional<length_summary> lengths;
};

struct table_style {
  const palette* colours = &no_colours;
  bool utf8 = false;  ///< bars of block characters, to an eighth of a column
};

/// Appends the lines in columns, with the share that each has of `all`, which comes last. Numbers
/// are exact, so that they can be compared and added.
///
/// Shape: at most 80 columns; the bars, the roles and the shares are given up for numbers, in that
///        order
void append_table(std::string& out, const std::vector<summary_line>& lines, const summary_line& all,
                  const table_style& how = {});

/// Appends "2.500 s, 400 bytes/s, 2 chunks/s".
void append_rates(std::string& out, const summary_line& all, chunk::net::duration span);

}  // namespace tools::format
