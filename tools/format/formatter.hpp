// The interface of formatters, which turn a stream into one of the output formats.
#pragma once

#include "format/selection.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/net/duration.hpp>
#include <chunk/protocol.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tools::io {
class output;
}

namespace tools::format {

struct line_template;
struct output_format;

using wall_clock = std::chrono::system_clock;
using steady_clock = std::chrono::steady_clock;

/// The details of a fragment besides its bytes.
struct details {
  wall_clock::time_point at{};                  ///< when it was read; only with timestamps
  steady_clock::time_point since_start{};       ///< the same, for differences
  std::optional<chunk::net::duration> latency;  ///< of a reply, since its request was whole
  bool header_only = false;                     ///< only the header of this chunk is given
  std::span<const std::byte> raw{};  ///< as received, with its header; if the format needs that
  const chunk::error* stray{};       ///< why the bytes of a stray fragment are not a chunk
};

/// Turns the fragments of one stream into output. Formats that are lines of plain ASCII end each
/// call with the end of a line, except inside a chunk that comes in several fragments or, nested,
/// inside a container.
class formatter {
 public:
  virtual ~formatter() = default;

  /// Writes a fragment. A chunk that comes in several fragments is never split into subchunks.
  virtual void add(const chunk::fragment& given, const details& known) = 0;

  /// Writes a fault at `offset`: the current chunk is truncated there, or `bytes` are not a chunk.
  /// The stream may continue after it.
  virtual void fault(const chunk::error& why, std::span<const std::byte> bytes,
                     std::uint64_t offset) = 0;

  /// Writes output that is known only at the end of the stream.
  virtual void finish() {}

  /// Returns: the number of findings so far; 0 unless the format reports findings
  virtual std::uint64_t findings() const { return 0; }
};

/// Where a formatter puts its output: a text that it appends to, or standard output, which can also
/// take bytes without copying them.
class destination {
 public:
  /// The text outlives the formatter.
  destination(std::string& text) : text_(text) {}

  /// Standard output outlives the formatter.
  destination(io::output& out);

  /// The text to append to.
  std::string& text() const { return text_; }

  /// Adds bytes behind the text so far. They stay valid until standard output is flushed.
  void add(std::span<const std::byte> bytes) const;

 private:
  std::string& text_;
  io::output* out_ = nullptr;
};

enum class timestamps { none, absolute, delta };

/// The direction of a stream, if it is known.
enum class direction { unknown, requests, replies };

/// The options of a formatter. Objects that they point to have to outlive it.
struct format_options {
  const output_format* format = nullptr;
  const chunk::protocol* rules = nullptr;
  const selection* chosen = nullptr;                        ///< nullptr: every chunk and subchunk
  tools::format::direction direction = direction::unknown;  ///< shown, in a tap
  chunk::stream_side side = chunk::stream_side::unknown;    ///< whose stream it is
  tools::format::timestamps timestamps = timestamps::none;
  std::uint64_t connection = 0;  ///< its number in a tap, which labels every line; 0: none
  std::string subject;           ///< the name of the stream in messages
  std::size_t columns = 80;      ///< of a line, as far as its contents can be divided
  std::size_t row_bytes = 16;    ///< bytes in a row
  std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max();  ///< of a payload
  bool squeeze = true;  ///< show rows that repeat as one *
  bool colour = false;
  bool utf8 = false;                 ///< show printable UTF-8 as it is, see legible_text
  bool live = false;                 ///< the stream is live, so that rates are meaningful
  bool as_json = false;              ///< each finding is a JSON object
  bool nested = false;               ///< subchunks stand in the object of their container
  std::vector<std::byte> delimiter;  ///< after each payload
  std::shared_ptr<const line_template> pattern;  ///< of template_format, which needs it
  bool escapes = false;                          ///< that format escapes payloads
};

/// Says whether a chunk of this rule is a request or a reply in the stream of that side.
///
/// Returns: "request", "reply", "both" if the protocol allows both and the side is unknown, or ""
///          where the protocol says nothing
std::string_view role_of(const chunk::rule& known, chunk::stream_side side);

/// Shows the value of a payload whose rule gives it a type other than text.
///
/// Returns: nullopt without such a type, and for bytes that do not have its form
std::optional<std::string> value_of(const chunk::protocol& rules, const chunk::id& of,
                                    std::span<const std::byte> payload);

/// Says whether to show what is outside all containers, given the fragment that begins it. Which of
/// the subchunks of a chosen chunk are shown is up to the formatter.
bool is_chosen(const format_options& how, const chunk::fragment& given);

/// Chooses among the subchunks that come one by one.
class subchunk_choice {
 public:
  /// nullptr: all.
  explicit subchunk_choice(const selection* chosen)
      : chosen_(chosen && !chosen->takes_all() ? chosen : nullptr) {}

  /// Takes the next fragment. Returns: whether it belongs to what is chosen
  bool takes(const chunk::fragment& given) { return !chosen_ || compare(given); }

 private:
  bool compare(const chunk::fragment& given);

  const selection* chosen_;
  chunk::id outermost_;  // the last chunk outside containers
  bool taken_ = true;    // whether the last subchunk of that one is chosen
};

/// Makes a formatter of `how.format`. It keeps a copy of the options.
std::unique_ptr<formatter> make_formatter(const format_options& how, destination out);

}  // namespace tools::format
