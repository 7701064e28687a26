// The colours of chunk-dump, for dark and light terminals.
#pragma once

#include <string>
#include <string_view>

namespace tools::format {

/// Escape sequences that begin a colour, all empty where no colour is wanted. Only the sixteen
/// colours that every terminal has and that its user can choose; none of them is white, black or
/// bright, which one background or the other would swallow.
struct palette {
  std::string_view offset;
  std::string_view id;
  std::string_view mark;    ///< request, reply and other remarks
  std::string_view number;  ///< a value
  std::string_view text;    ///< a value in quotes
  std::string_view fault;
  std::string_view request;  ///< the directions of a tap
  std::string_view reply;
  std::string_view opened;  ///< connections of a tap
  std::string_view closed;
  std::string_view expected;  ///< in the report of a failure, and what went well
  std::string_view received;
  std::string_view differs;  ///< added to one of these two, for single bytes
  std::string_view zero;     ///< bytes of a row, by class
  std::string_view printable;
  std::string_view blank;
  std::string_view control;
  std::string_view high;
  std::string_view end;  ///< back to no colour

  bool in_use() const { return !end.empty(); }
};

inline constexpr palette no_colours{};

inline constexpr palette colours{
    .offset = "\033[2m",
    .id = "\033[1m",
    .mark = "\033[2m",
    .number = "\033[36m",
    .text = "\033[32m",
    .fault = "\033[1;31m",
    .request = "\033[36m",
    .reply = "\033[35m",
    .opened = "\033[32m",
    .closed = "\033[33m",
    .expected = "\033[32m",
    .received = "\033[31m",
    .differs = "\033[7m",
    .zero = "\033[2m",
    .printable = "\033[36m",
    .blank = "\033[32m",
    .control = "\033[35m",
    .high = "\033[33m",
    .end = "\033[0m",
};

/// Appends `text` in a colour.
inline void append_in(std::string& out, const palette& from, std::string_view colour,
                      std::string_view text) {
  out += colour;
  out += text;
  out += from.end;
}

}  // namespace tools::format
