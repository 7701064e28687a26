// What shows a stream: the interface of every view, and what all of them are told.
#pragma once

#include "format/selection.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/protocol.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace tools::format {

using wall_clock = std::chrono::system_clock;

/// What is known of a part beyond its bytes.
struct occasion {
  wall_clock::time_point at{};                  ///< when it was read; only with timestamps
  std::optional<chunk::net::duration> latency;  ///< of a reply, since its request was whole
  bool header_only = false;  ///< of a chunk that begins here: no more of it is given
};

/// Turns the parts of one stream into lines of plain ASCII. Each call ends with the end of a line
/// or, inside a chunk that comes in parts, may leave one open.
class view {
 public:
  virtual ~view() = default;

  /// Shows a part of a chunk. A chunk that comes in more than one part is never a container.
  virtual void add(const chunk::fragment& given, const occasion& when) = 0;

  /// Shows what is wrong, at `offset`: that the chunk under way is cut there, or that `bytes` are
  /// no chunk. The stream may go on after it.
  virtual void fault(const chunk::error& why, std::span<const std::byte> bytes,
                     std::uint64_t offset) = 0;

  /// Shows what can be said at the end of the stream.
  virtual void finish() = 0;

  /// The number of violations shown so far; only of a view that looks for them.
  virtual std::uint64_t findings() const { return 0; }
};

enum class style {
  hex,      ///< a line for each chunk and subchunk, rows of bytes below
  list,     ///< a line for each chunk
  text,     ///< a line of the notation for each chunk
  json,     ///< an object for each chunk and subchunk
  summary,  ///< a table of all IDs at the end
  check,    ///< a line for each violation of the protocol
};

enum class timestamps { none, absolute, delta };

/// Which of two directions a stream is, where that is known.
enum class direction { unknown, requests, replies };

/// What a view is told. Both pointers are to objects that outlive it.
struct view_options {
  format::style style = style::hex;
  const chunk::protocol* rules = nullptr;
  const selection* chosen = nullptr;
  format::direction direction = direction::unknown;
  format::timestamps timestamps = timestamps::none;
  std::uint64_t connection = 0;  ///< its number in a tap, which labels every line; 0: none
  std::string subject;           ///< what messages call the stream
  std::size_t row_bytes = 16;    ///< bytes in a row
  std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max();  ///< of a payload
  bool squeeze = true;  ///< show rows that repeat as one *
  bool colour = false;
  bool live = false;              ///< how long the stream takes says something
  bool findings_as_json = false;  ///< of style::check
};

/// Says whether to show a chunk, given the part that begins it.
bool is_chosen(const view_options& how, const chunk::fragment& given);

/// Makes a view that appends to `out`, which outlives it.
std::unique_ptr<view> make_view(const view_options& how, std::string& out);

}  // namespace tools::format
