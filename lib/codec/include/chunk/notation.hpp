// The one text form of a chunk: parse, encode what was parsed, show.
#pragma once

#include <chunk/error.hpp>
#include <chunk/escape.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chunk {

/// One run of contents: bytes, a subchunk, or the name of a file that holds them.
struct item {
  std::optional<chunk::id> id;   ///< of the subchunk; nullopt: plain contents
  std::vector<std::byte> bytes;  ///< unless `path` is set
  std::string path;              ///< a file whose bytes to take

  bool operator==(const item&) const = default;
};

/// A chunk as its text describes it, before files are read.
struct draft {
  chunk::id id;
  std::optional<std::uint32_t> length;  ///< len=: declare this
  std::optional<std::uint64_t> cut;     ///< cut=: send only this many bytes of the encoded chunk
  std::optional<std::uint64_t> fill;    ///< fill=: repeat the contents up to this many bytes
  std::vector<item> contents;           ///< one plain item, or any number of subchunks

  bool operator==(const draft&) const = default;
};

/// Reads `ID,modifier...:contents`. On an error `offending` is set to the part of `text` to look
/// at.
///
/// Errors: errc::bad_notation or errc::bad_id; the detail quotes the offending text
/// Source: chunk(5), NOTATION
result<draft> parse_chunk(std::string_view text, std::string_view* offending = nullptr);

/// Reads a decimal count of at most `most`.
///
/// Errors: errc::bad_notation; the detail begins with `what`
result<std::uint64_t> parse_count(std::string_view text, std::string_view what,
                                  std::uint64_t most = ~std::uint64_t{0});

/// Gives the contents of the file at `path`.
using file_loader = std::function<result<std::vector<std::byte>>(const std::string& path)>;

/// The bytes a draft stands for, read in any order. Filled contents take no more memory than the
/// contents that are repeated.
class image {
 public:
  /// Bytes to send as they are.
  static image of(std::vector<std::byte> bytes);

  /// Bytes on the wire.
  std::uint64_t size() const { return size_; }

  /// Those of them that are the chunk's header; 0 for bytes that are sent as they are.
  std::size_t header_size() const { return header_.size(); }

  /// The chunk's header, unless there is none.
  const header& head() const { return head_; }

  /// Copies bytes from offset `from` on into `out` and gives their number, less than asked only at
  /// the end.
  std::size_t read(std::uint64_t from, std::span<std::byte> out) const;

 private:
  friend result<image> encode(const draft& text, const file_loader& load, const framing& how);

  header head_;
  std::vector<std::byte> header_;    // its wire form
  std::vector<std::byte> contents_;  // they repeat up to the size
  std::uint64_t size_ = 0;           // of header and contents
};

/// Gives the wire form of a draft, loading the files it names.
///
/// Errors: errc::bad_notation for contents that no length can declare or that cannot fill;
///         whatever `load` gives
result<image> encode(const draft& text, const file_loader& load, const framing& how = {});

/// Writes chunks as lines of the notation without their line feeds. The contents may come in
/// pieces.
class text_writer {
 public:
  /// Appends to `out`, which outlives the writer.
  explicit text_writer(std::string& out) : out_(out) {}

  /// Starts a chunk; with `declared`, its length is written out as a modifier.
  void begin(const chunk::id& id, std::optional<std::uint32_t> declared = std::nullopt);

  /// Adds plain contents.
  void contents(std::span<const std::byte> piece);

  /// Adds a whole subchunk.
  void subchunk(const chunk_view& inner);

  /// Ends the chunk.
  void end();

 private:
  void run(std::span<const std::byte> bytes);

  std::string& out_;
  bool started_ = false;        // some byte of the present run of contents was written
  bool pending_space_ = false;  // a space that needs an escape should it turn out to be the last
};

/// Shows a chunk with plain contents.
std::string to_text(const chunk_view& chunk);

/// Shows a container by the subchunks that fill it.
std::string to_text(const chunk::id& container, std::span<const placed_chunk> subchunks);

}  // namespace chunk
