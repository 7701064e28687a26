// The stream that JSON lines describe, as chunk-dump --json prints them.
#pragma once

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools::format {

/// What of one line matters.
struct json_line {
  std::optional<chunk::id> id;
  std::optional<std::string> text;
  std::optional<std::string> base64;
  std::optional<std::uint64_t> index;
  std::optional<std::uint64_t> parent;
  std::optional<std::uint64_t> depth;
  std::optional<std::uint64_t> length;
  bool error = false;  ///< there is one, so that the length is meant as it stands
};

/// Reads one object; what else is in it is ignored, and null is as good as nothing.
///
/// Errors: errc::malformed
chunk::result<json_line> parse_json_line(std::string_view text);

/// Turns lines into bytes, however the text is cut. Not reusable after an error.
class json_reader {
 public:
  using buffer = std::vector<std::byte>;

  /// Refuses payloads above `max_payload` bytes. Lines are limited only if payloads are.
  explicit json_reader(std::uint32_t max_payload = chunk::max_length);

  /// Takes more text, and appends the bytes of the chunks that are known to be complete. A
  /// container is with the next line that is not of a subchunk.
  ///
  /// Errors: errc::malformed, errc::too_large; `out` has what came before, line() says where
  /// Source: chunk-send(1), JSON
  chunk::result<void> read(std::string_view text, buffer& out);

  /// Takes the end of the text.
  ///
  /// Errors: as read()
  chunk::result<void> finish(buffer& out);

  /// The number of the present line, from 1.
  std::uint64_t line() const { return line_; }

  /// The number of chunks so far, not counting subchunks.
  std::uint64_t chunks() const { return chunks_; }

 private:
  /// A chunk whose subchunks come in lines of their own.
  struct container {
    json_line head;
    buffer payload;
  };

  chunk::result<void> take(std::string_view line, buffer& out);
  chunk::result<void> take_subchunk(const json_line& from, const buffer& payload);
  chunk::result<void> check_size(const json_line& of, const buffer& payload) const;
  void end_container(buffer& out);

  std::uint32_t max_payload_;
  std::size_t longest_line_;
  std::string begun_;  // a line whose end has not come
  std::optional<container> container_;
  std::uint64_t line_ = 1;
  std::uint64_t chunks_ = 0;
};

}  // namespace tools::format
