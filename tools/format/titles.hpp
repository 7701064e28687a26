// The line that begins a chunk or subchunk, in columns.
#pragma once

#include "format/formatter.hpp"
#include "format/palette.hpp"

#include <chunk/framing.hpp>
#include <chunk/id.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tools::format {

/// Spaces between two columns.
inline constexpr std::size_t column_gap = 2;

/// The indentation of each level in spaces.
inline constexpr std::size_t level_indent = 2;

/// "00000019  CMPU          27", possibly preceded by the connection and the time.
///
/// Lengths end in the same column on every level. It fits the IDs and lengths of the framing;
/// a line that needs more does not move the others.
class titles {
 public:
  /// Appends to `out`. Both have to outlive the titles.
  titles(const format_options& how, std::string& out);

  /// Begins the line of a chunk.
  void chunk(std::uint64_t offset, const chunk::header& head, const details& known);

  /// Begins the line of a chunk that may be open, or a subchunk in a container that comes one by
  /// one.
  void chunk(const chunk::fragment& given, const details& known);

  /// Begins the line of a subchunk in `level` containers.
  void subchunk(const chunk::placed_chunk& inner, std::size_t level = 1);

  /// Appends the fields that differ from their defaults: "  flags=5 stream=1".
  void fields(const chunk::header& head, const chunk::framing& how) {
    if (how.definition && how.has_fields(head.id)) append_fields(head, how);
  }

  /// Begins a line for bytes that are not a chunk.
  void bytes(std::uint64_t offset, std::size_t level = 0);

  /// Appends a further column to the line: a text as the notation writes it, which is shown as
  /// legible_text gives it.
  void append(std::string_view text, std::string_view colour, std::size_t blanks = column_gap);

  /// Writes a whole line about the connection, with the colour of its first word.
  void connection(std::string_view word, std::string_view colour, std::string_view text,
                  const details& known);

  /// Appends the latency of a reply, if it is one, so that it ends in the last column of the line.
  void latency(const details& known) {
    if (known.latency) append_latency(*known.latency);
  }

  /// The columns that are left for a further one on the line, in front of the latency.
  std::size_t room(const details& known = {}) const;

  /// The text before the offset in a continuation line.
  const std::string& margin() const { return margin_; }

  const palette& colours() const { return colours_; }

  /// The columns before the offset.
  static std::size_t margin_columns(const format_options& how);

 private:
  void time(const details& known) {
    if (how_.timestamps != timestamps::none) append_time(known);
  }
  void append_time(const details& known);
  void append_latency(steady_clock::duration passed);
  void append_fields(const chunk::header& head, const chunk::framing& how);
  void line(std::uint64_t offset, std::size_t indent, const chunk::id& id, std::string_view length);
  void line(std::uint64_t offset, std::size_t indent, const chunk::header& head);

  const format_options& how_;
  const palette& colours_;
  std::string& out_;
  std::string label_;           // connection and direction
  std::string margin_;          // the label, and blanks for the time
  std::size_t margin_columns_;  // of the margin
  std::size_t column_ = 0;      // in which the line ends so far
  std::size_t header_columns_;  // from the ID of a chunk to the end of its length
  chunk::id id_;                // of the line before, and how it is shown
  std::string id_text_;
  std::size_t id_columns_ = 0;
  std::optional<steady_clock::time_point> before_;
};

}  // namespace tools::format
