// The decoder of the framings that protocol files describe. Internal to the library.
#pragma once

#include "framing_definition.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace chunk {

/// See decoder, whose functions have the same names. It has many members, since what is incomplete
/// may be a preamble, a header, a payload or a trailer, on any level.
class framed_decoder {
 public:
  framed_decoder(std::uint64_t max_payload, const framing& how);

  result<bool> next(std::span<const std::byte>& input, fragment& out);
  bool take_whole(std::span<const std::byte>& input, fragment& out, std::uint64_t most) noexcept;
  void end() { ended_ = true; }
  [[gnu::cold]] result<void> finish() const;
  header_reading peek(std::span<const std::byte> input) const;
  void enter(const framing& inner);
  const error& stray_reason() const { return stray_; }
  void skip(std::uint64_t count);
  void skip_payload(std::uint64_t count);
  std::uint64_t remaining() const;
  bool between_chunks() const;
  bool pending() const;
  std::size_t level() const { return containers_.size(); }
  bool in_tail() const { return at_ == phase::tail && !stash_.empty(); }
  std::span<const std::byte> partial_header() const;
  std::uint64_t offset() const { return offset_; }

 private:
  enum class phase : std::uint8_t {
    start,   ///< before the first chunk
    header,  ///< between two chunks, or inside a header
    payload,
    tail,     ///< behind the payload
    stray,    ///< in bytes of a container that are not a chunk
    refused,  ///< after a fault
  };

  /// A chunk whose payload or subchunks come.
  struct chunk_state {
    header head{};                   // its front is in `front`, unless the chunk came whole
    std::vector<std::byte> front{};  // its header
    std::uint64_t offset = 0;        // where it begins
    std::uint64_t end = 0;           // where its payload ends, unless it is endless
    std::uint64_t tail = 0;          // bytes behind the payload
    std::uint64_t padding = 0;       // of these, those that align the next chunk
    std::uint64_t declared = 0;
    bool open = false;
    bool endless = false;  // open, and in no container with an end
    bool has_tail = false;
    std::uint32_t checksum = 0;  // of what the trailer covers so far
    bool skipped = false;        // not all of it was seen, so that the trailer cannot be checked
    const framing_definition* how = nullptr;        // its own framing
    const framing_definition* subchunks = nullptr;  // that of its subchunks
  };

  const framing_definition& present() const {
    return containers_.empty() ? *how_ : *containers_.back().subchunks;
  }
  /// What a step of next() has come to.
  enum class step : std::uint8_t {
    gave,
    again,  ///< the next step
    needs_more,
    refused,
  };

  bool may_open() const;
  bool opens(std::span<const std::byte> bytes) const;
  std::size_t needed(const header_reading& front) const;
  std::uint64_t limit() const;
  std::span<const std::byte> up_to_limit(std::span<const std::byte> input) const;
  std::uint64_t payload_so_far() const;
  std::uint64_t allowed() const;
  header_reading read(std::span<const std::byte> bytes) const;
  bool fits(const header_reading& front) const;
  step advance(std::span<const std::byte>& input, fragment& out);
  [[gnu::cold]] step find_side(std::span<const std::byte>& input);
  [[gnu::cold]] step take_start(std::span<const std::byte>& input, fragment& out);
  step take_header(std::span<const std::byte>& input, fragment& out);
  bool take_plain(std::span<const std::byte>& input, fragment& out, std::uint64_t longest) noexcept;
  bool take_any(std::span<const std::byte>& input, fragment& out, std::uint64_t longest) noexcept;
  bool give_whole(const header_reading& front, std::span<const std::byte>& input,
                  fragment& out) noexcept;
  void begin_chunk(const header_reading& front);
  step take_payload(std::span<const std::byte>& input, fragment& out);
  step take_tail(std::span<const std::byte>& input, fragment& out);
  step take_stray(std::span<const std::byte>& input, fragment& out);
  void leave();
  [[gnu::cold]] void go_astray(const header_reading& front, std::span<const std::byte> bytes);
  [[gnu::cold]] step refuse(error why);
  void prepare(fragment& out) const;
  void describe(fragment& out) const;
  void describe_whole(fragment& out, const header& head, std::uint64_t declared,
                      std::span<const std::byte> bytes) noexcept;
  void end_chunk(fragment& out, std::span<const std::byte> tail);
  std::span<const std::byte> take(std::span<const std::byte>& input, std::uint64_t most);

  const framing_definition* how_;
  stream_side side_;
  std::uint64_t max_payload_;
  phase at_ = phase::start;
  bool undecided_ = false;    // whose stream it is shows by its start
  bool ended_ = false;        // no input follows
  bool first_ = true;         // no chunk has begun yet
  bool begun_ = false;        // a fragment of the current chunk, or of stray bytes, was given
  std::uint64_t offset_ = 0;  // of the next byte
  std::uint64_t begin_ = 0;   // of the header that is incomplete
  std::uint64_t remaining_ = 0;
  chunk_state chunk_;  // the current one
  std::vector<chunk_state> containers_;
  std::vector<std::byte> stash_;  // an incomplete preamble, header or tail; bytes that were refused
  std::vector<std::byte> kept_;   // what the last fragment borrows
  std::vector<std::byte> replay_;  // bytes that are read again before the input
  std::size_t replayed_ = 0;       // as many of them were
  error stray_;
  error fault_;
};

}  // namespace chunk
