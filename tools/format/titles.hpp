// The line that begins a chunk or subchunk, in columns.
#pragma once

#include "format/formatter.hpp"
#include "format/palette.hpp"

#include <chunk/framing.hpp>
#include <chunk/id.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tools::format {

/// The indentation of each level in spaces.
inline constexpr std::size_t level_indent = 2;

/// "00000019  CMPU  27", possibly preceded by the connection and the time.
///
/// Since the chunks to come are unknown, the columns of ID and length are as wide as the widest
/// entry so far, in whatever pieces the stream arrives. Those of subchunks fit their container.
class titles {
 public:
  /// Appends to `out`. Both have to outlive the titles.
  titles(const format_options& how, std::string& out);

  /// Begins the line of a chunk.
  void chunk(std::uint64_t offset, const chunk::header& head, const details& known);

  /// Begins the line of a chunk that may be open, or a subchunk in a container that comes one by
  /// one.
  void chunk(const chunk::fragment& given, const details& known);

  /// Sets the columns for the subchunks of one container, which stand in `level` containers.
  void fit(std::span<const chunk::placed_chunk> subchunks, std::size_t level = 1);

  /// Begins the line of a subchunk in `level` containers.
  void subchunk(const chunk::placed_chunk& inner, std::size_t level = 1);

  /// Appends the fields that differ from their defaults: "  flags=5 stream=1".
  void fields(const chunk::header& head, const chunk::framing& how) {
    if (how.definition && how.has_fields(head.id)) append_fields(head, how);
  }

  /// Begins a line for bytes that are not a chunk.
  void bytes(std::uint64_t offset, std::size_t level = 0);

  /// Appends the latency of a reply, if it is one.
  void latency(const details& known);

  /// The text before the offset in a continuation line.
  const std::string& margin() const { return margin_; }

  const palette& colours() const { return colours_; }

  /// The columns before the offset.
  static std::size_t margin_columns(const format_options& how);

 private:
  struct columns {
    std::size_t id = 4;
    std::size_t length = 1;
  };

  void time(const details& known);
  void append_fields(const chunk::header& head, const chunk::framing& how);
  void line(std::uint64_t offset, std::size_t indent, const chunk::id& id, std::string_view length,
            columns& widths);
  void line(std::uint64_t offset, std::size_t indent, const chunk::header& head, columns& widths);
  columns& columns_of(std::size_t level);

  const format_options& how_;
  const palette& colours_;
  std::string& out_;
  std::string label_;   // connection and direction
  std::string margin_;  // the label, and blanks for the time
  columns outer_;
  std::vector<columns> inner_;  // by level, from 1
  chunk::id id_;                // of the line before, and how it is shown
  std::string id_text_;
  std::optional<steady_clock::time_point> before_;
};

}  // namespace tools::format
