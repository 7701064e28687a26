// The stream that JSON lines describe, as chunk-dump --json prints them.
#pragma once

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools::format {

/// A field of a header as an object has it.
struct json_field {
  std::string name;
  std::string text;  ///< as in the notation
};

/// The relevant members of one object. A number above 2^64 - 1 is held as 2^64 - 1.
struct json_line {
  std::optional<std::string> id;
  std::optional<std::string> text;
  std::optional<std::string> base64;
  std::optional<std::vector<json_line>> subchunks;
  std::optional<std::uint64_t> index;
  std::optional<std::uint64_t> parent;
  std::optional<std::uint64_t> depth;
  std::optional<std::uint64_t> closes;
  std::optional<std::uint64_t> length;
  std::optional<std::uint64_t> declared;
  std::vector<json_field> fields;
  std::optional<std::string> prefix;  ///< this and the next two are bytes as in the notation
  std::optional<std::string> trailer;
  std::optional<std::string> pad;
  bool preamble = false;      ///< the bytes stand before the first chunk
  bool error = false;         ///< there is an error, so that the length is used as it is written
  bool value = false;         ///< there is a value, which stands beside a payload
  bool null_id = false;       ///< the ID is there, but null
  bool null_payload = false;  ///< a member for the payload is there, but null
};

/// Reads one object, whose subchunks stand in at most `depth` levels. Members that are null are
/// ignored, and only noted where that may be a loss.
///
/// Errors: errc::malformed, also for a member that chunk-dump does not print and for one that
///         stands there twice
/// Source: chunk-send(1), JSON
chunk::result<json_line> parse_json_line(std::string_view text, std::size_t depth = 1);

/// Turns lines into bytes, in whatever pieces the text comes. Not reusable after an error.
class json_reader {
 public:
  using buffer = std::vector<std::byte>;

  /// Refuses payloads above `max_payload` bytes. Lines are limited only if payloads are. `rules`
  /// outlive the reader.
  explicit json_reader(std::uint64_t max_payload = chunk::no_limit,
                       const chunk::protocol& rules = chunk::chunk_protocol());

  /// Takes more text, and appends the bytes of the chunks that are complete. A container is
  /// complete at the next line that does not belong to it.
  ///
  /// Errors: errc::malformed, errc::too_large; `out` has everything before, line() is the faulty
  ///         line, which for a container without a payload is its own
  /// Source: chunk-send(1), JSON
  chunk::result<void> read(std::string_view text, buffer& out);

  /// Takes the end of the text.
  ///
  /// Errors: as read()
  chunk::result<void> finish(buffer& out);

  /// The number of the current line, or of the faulty one, from 1.
  std::uint64_t line() const { return line_; }

  /// The number of chunks so far, not counting subchunks.
  std::uint64_t chunks() const { return chunks_; }

 private:
  /// A chunk whose subchunks follow in separate lines.
  struct container {
    json_line head;
    buffer payload;
    std::uint64_t line = 0;  // its own
    bool empty = true;       // nothing stands in it so far
    chunk::rule rule;        // its subchunks have the framing of this
  };

  chunk::result<void> take(std::string_view line, buffer& out);
  chunk::result<void> take_closing(const json_line& from, buffer& out);
  chunk::result<void> enter(json_line&& from);
  chunk::result<std::size_t> level_of(const json_line& from) const;
  chunk::result<void> check_size(const json_line& of, std::uint64_t size) const;
  chunk::result<void> add(const json_line& from, const buffer& payload, const chunk::rule* outer,
                          buffer& out) const;
  chunk::result<buffer> nested_payload(const json_line& from, const chunk::rule* outer) const;
  chunk::result<chunk::draft> draft_of(const json_line& from, const chunk::rule* outer) const;
  chunk::result<chunk::rule> rule_of(const json_line& from, const chunk::rule* outer) const;
  chunk::result<void> end_container(buffer& out);
  chunk::result<void> end_containers(std::size_t level, buffer& out);
  const chunk::rule* innermost() const {
    return containers_.empty() ? nullptr : &containers_.back().rule;
  }

  std::uint64_t max_payload_;
  const chunk::protocol& rules_;
  std::size_t longest_line_;
  std::string begun_;  // an incomplete line
  std::vector<container> containers_;
  std::uint64_t line_ = 1;
  std::uint64_t chunks_ = 0;
};

}  // namespace tools::format
