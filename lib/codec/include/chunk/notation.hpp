// The one text form of a chunk: parse, encode what was parsed, show.
#pragma once

#include <chunk/error.hpp>
#include <chunk/escape.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chunk {

struct draft;

/// One run of contents: bytes, a subchunk, or the name of a file that holds bytes.
struct item {
  std::shared_ptr<const draft> subchunk;  ///< nullptr: plain contents
  std::vector<std::byte> bytes;           ///< unless `path` is set
  std::string path;                       ///< a file whose bytes to take

  bool operator==(const item& other) const;
};

/// A chunk as its text describes it, before files are read.
struct draft {
  chunk::id id;
  chunk::framing framing{};             ///< in which it stands
  std::optional<std::uint64_t> length;  ///< len=: write this in place of the length
  std::optional<std::uint64_t> cut;     ///< cut=: send only this many bytes of the encoded chunk
  std::optional<std::uint64_t> fill;    ///< fill=: repeat the contents up to this many bytes
  std::vector<field_setting> fields;    ///< FIELD=: those that differ from the default
  std::optional<std::vector<std::byte>> trailer;  ///< trailer=: in place of the right one
  std::optional<std::vector<std::byte>>
      padding;                 ///< pad=: in place of zeros, as many as are needed
  std::vector<item> contents;  ///< plain items in any number, and subchunks

  bool operator==(const draft&) const = default;
};

/// The actions of scripts, which no ID of a protocol file and none of its names may be, so that
/// `NAME:` is a chunk or an action, and never both.
///
/// Source: chunk-script(5)
inline constexpr std::array<std::string_view, 31> reserved_words{
    "@",        "at",         "close",    "connect",      "delay",
    "end",      "expect",     "for-each", "expect-close", "expect-nothing",
    "let",      "expect-raw", "on",       "preamble",     "raw-receive",
    "raw-send", "repeat",     "request",  "requestd",     "reset",
    "retry",    "run",        "shutdown", "skip-if",      "slice",
    "start",    "test-case",  "timeout",  "until",        "wait-for",
    "within"};

/// What stands before bytes that the notation has no other words for.
inline constexpr std::string_view raw_prefix = "raw-send:";

/// Says whether `name` is one of the actions of scripts.
bool is_reserved_word(std::string_view name);

/// Says whether `name` is a modifier of every chunk, and thus no field.
bool is_modifier(std::string_view name);

/// Whether a text is what it stands for, or has letters in place of contents that are not known
/// yet, so that what stands before subchunks may have any size.
enum class completeness : std::uint8_t { complete, provisional };

/// Reads `ID,modifier...:contents`. On an error `offending` is set to the part of `text` to look
/// at. The framings of `rules` outlive the draft.
///
/// Errors: errc::bad_notation or errc::bad_id; the detail quotes the offending text
/// Source: chunk(5), NOTATION
result<draft> parse_chunk(std::string_view text, const protocol& rules = chunk_protocol(),
                          std::string_view* offending = nullptr,
                          completeness how = completeness::complete);

/// Reads a line of a block: a chunk in a container of which `container` is the rule.
result<draft> parse_subchunk(std::string_view text, const protocol& rules, const rule& container,
                             std::string_view* offending = nullptr,
                             completeness how = completeness::complete);

/// Reads a decimal count of at most `most`.
///
/// Errors: errc::bad_notation; the detail begins with `what`
result<std::uint64_t> parse_count(std::string_view text, std::string_view what,
                                  std::uint64_t most = ~std::uint64_t{0});

/// Gives the contents of the file at `path`.
using file_loader = std::function<result<std::vector<std::byte>>(const std::string& path)>;

/// Bytes that stay as they are as long as they have an owner.
struct shared_bytes {
  std::span<const std::byte> bytes{};
  std::shared_ptr<const void> owner{};
};

/// The bytes a draft stands for, read in any order. Filled contents take no more memory than the
/// contents that are repeated. Copies share them.
class image {
 public:
  /// Bytes to send as they are.
  static image of(std::vector<std::byte> bytes);

  /// Bytes on the wire.
  std::uint64_t size() const { return size_; }

  /// Those of them that are the chunk's header; 0 for bytes that are sent as they are.
  std::size_t header_size() const { return header_.size(); }

  /// Those of them that follow its payload, unless it was cut.
  std::size_t tail_size() const { return tail_.size(); }

  /// The chunk's header, unless there is none.
  const header& head() const { return head_; }

  /// The header as it stands on the wire.
  std::span<const std::byte> front() const { return header_; }

  /// Copies bytes from offset `from` on into `out` and gives their number, less than asked only at
  /// the end.
  std::size_t read(std::uint64_t from, std::span<std::byte> out) const;

 private:
  friend result<image> encode(const draft& text, const file_loader& load,
                              const shared_bytes* contents);

  header head_;
  std::vector<std::byte> header_;  // its wire form
  shared_bytes contents_;          // they repeat up to the payload's size
  std::uint64_t payload_ = 0;      // its size
  std::vector<std::byte> tail_;
  std::uint64_t size_ = 0;  // of all of them, unless the chunk was cut
};

/// Gives the wire form of a draft, loading the files it names. With `contents` these are taken in
/// place of those of the draft.
///
/// Errors: errc::bad_notation for contents that no length can declare or that cannot fill;
///         whatever `load` gives
result<image> encode(const draft& text, const file_loader& load,
                     const shared_bytes* contents = nullptr);

/// What the notation has to say of a chunk besides its ID and its contents, so that the same bytes
/// come of it.
struct chunk_modifiers {
  bool expressible = true;              ///< false: its header has a form that is never written
  std::optional<std::uint64_t> length;  ///< not the one that the contents have
  std::vector<header_field> fields;     ///< those that differ from the default
  std::optional<std::span<const std::byte>> trailer;  ///< not the right one
  std::optional<std::span<const std::byte>> padding;  ///< not zeros, or not as many as are needed
};

/// Gives the modifiers of a whole chunk.
chunk_modifiers modifiers_of(const placed_chunk& given, const framing& how);

/// Gives the modifiers of a chunk that begins with a fragment. Its length is always one of them,
/// and so are an empty trailer and an empty padding in a framing that has some: they follow as
/// bytes.
chunk_modifiers modifiers_of_beginning(const fragment& given, const framing& how);

/// Gives the modifiers of a chunk that ends with a fragment, as modifiers_of() does. The trailer is
/// one of them, too, if it depends on subchunks that came one by one.
chunk_modifiers modifiers_of_end(const fragment& given, const framing& how);

/// Gives the modifiers of a chunk whose subchunks follow in a block. Its length is one of them only
/// if it is open.
chunk_modifiers modifiers_of_block(const fragment& given, const framing& how);

/// Says whether braces have a meaning in the notation of a protocol.
inline bool uses_braces(const protocol& rules) {
  return rules.braces;
}

/// Finds the first of `marks` in a text of the notation: outside braces, if these have a meaning.
inline std::size_t find_outside(std::string_view text, std::string_view marks, bool braces) {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char each = text[at];
    if (braces && each == '{') ++depth;
    if (braces && each == '}' && depth > 0) --depth;
    if (depth == 0 && marks.find(each) != marks.npos) return at;
  }
  return text.npos;
}

/// Writes chunks as lines of the notation without their line feeds. The contents may come in
/// pieces.
class text_writer {
 public:
  /// Appends to `out`, which outlives the writer. Where braces have a meaning, they are escaped in
  /// contents.
  explicit text_writer(std::string& out, bool braces = false) : out_(out), braces_(braces) {}

  /// Starts a chunk.
  void begin(const chunk::id& id, const chunk_modifiers& how = {});

  /// Adds plain contents.
  void contents(std::span<const std::byte> piece);

  /// Adds a whole subchunk with plain contents.
  void subchunk(const chunk_view& inner, const chunk_modifiers& how = {});

  /// Starts a subchunk whose own subchunks follow, up to leave().
  void enter(const chunk::id& id, const chunk_modifiers& how = {});
  void leave();

  /// Adds what stands before the subchunks.
  void prefix(std::span<const std::byte> bytes);

  /// Ends the chunk.
  void end();

  /// Writes a whole chunk with plain contents and without modifiers.
  void whole(const chunk::id& id, std::span<const std::byte> payload);

  /// Goes back to an earlier state of this writer, after its text was cut off.
  void restore(const text_writer& state) {
    started_ = state.started_;
    pending_space_ = state.pending_space_;
    opened_ = state.opened_;
    bare_ = state.bare_;
  }

  /// Appends the modifiers of a chunk, each with its comma.
  static void append_modifiers(std::string& out, const chunk_modifiers& how);

 private:
  [[gnu::visibility("hidden")]] void run(std::span<const std::byte> bytes);
  [[gnu::visibility("hidden")]] void begin_subchunk(const chunk::id& id,
                                                    const chunk_modifiers& how);
  [[gnu::visibility("hidden")]] void end_run();

  std::string& out_;
  bool braces_;
  bool started_ = false;        // some byte of the present run of contents was written
  bool pending_space_ = false;  // a space that needs an escape should it turn out to be the last
  bool opened_ = false;         // behind an opening brace, where no colon stands
  std::size_t bare_ = std::string::npos;  // where a chunk began that no character stands for yet
};

/// Shows a chunk with plain contents.
inline std::string to_text(const chunk_view& chunk) {
  std::string out;
  text_writer(out).whole(chunk.id, chunk.payload);
  return out;
}

/// Shows a container by the subchunks that fill it.
inline std::string to_text(const chunk::id& container, std::span<const placed_chunk> subchunks) {
  std::string out;
  text_writer writer(out);
  writer.begin(container);
  for (const auto& inner : subchunks) writer.subchunk(inner);
  writer.end();
  return out;
}

/// Shows a whole chunk by the rules of its protocol, so that the same bytes come of it: containers
/// by their subchunks, on every level. A chunk that the notation has no words for is shown as the
/// bytes that it is, behind `raw-send:`.
std::string to_text(const placed_chunk& given, const protocol& rules);

/// Says which subchunks of a chunk to write, given its ID and theirs.
using subchunk_filter = std::function<bool(const chunk::id&, const chunk::id&)>;

/// The same, appended to `out`, without those of its subchunks for which `takes` gives false.
void append_text(std::string& out, const placed_chunk& given, const protocol& rules,
                 const subchunk_filter& takes = {});

/// The same for a line of a block: a chunk with the framing `how` in `level` containers.
void append_subchunk_text(std::string& out, const placed_chunk& given, const protocol& rules,
                          const framing& how, std::size_t level);

}  // namespace chunk
