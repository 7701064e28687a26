// Finds the next chunk after a wrong length.
#pragma once

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tools::dump {

/// Divides a stream into whole chunks and bytes that are not chunks.
///
/// A chunk that is too large, or that the stream does not fill, has a wrong length. The bytes after
/// its start are searched for the first place where a sequence of chunks begins: two whole chunks
/// with plausible IDs, followed by a third such ID or the end. An ID is plausible if the protocol
/// has it outside containers, or, without a protocol, if it consists of letters, digits and a few
/// signs.
///
/// No I/O happens here. Holds at most one chunk up to the limit, and one piece of input.
class resync {
 public:
  /// `rules` has to outlive it, and a chunk of its framing shows in the midst of other bytes.
  /// Chunks above `max_payload` bytes are treated as faulty.
  resync(const chunk::protocol& rules, std::uint64_t max_payload, std::uint64_t offset,
         chunk::stream_side side = chunk::stream_side::unknown);

  /// A chunk, or bytes that are not a chunk.
  struct event {
    chunk::fragment whole;           ///< a chunk or a preamble, unless there is a fault
    std::span<const std::byte> raw;  ///< the same as received, with its header

    /// Why `bytes` are not a chunk. A long run of such bytes comes in pieces.
    std::optional<chunk::error> fault;
    std::span<const std::byte> bytes;
    std::uint64_t offset = 0;  ///< stream offset of the bytes
    bool last = false;         ///< whether the run ends here
  };

  /// Adds received bytes. Invalidates the results of next().
  void add(std::span<const std::byte> bytes);

  /// To be called at the end of the stream.
  void end() { ended_ = true; }

  /// Gives the next chunk or bytes. nullopt: more bytes are needed, or the stream has ended.
  std::optional<event> next();

 private:
  enum class answer { no, yes, unknown };

  std::span<const std::byte> rest(std::size_t from = 0) const {
    return std::span(buffer_).subspan(begin_ + from);
  }
  bool is_plausible(const chunk::id& id) const;
  answer is_chunk_at(std::size_t& at) const;
  answer is_chain_at(std::size_t at) const;
  bool start();
  std::optional<event> next_chunk();
  std::optional<event> taken(std::size_t count);
  event taken_open(const chunk::header_reading& front);
  std::optional<event> begin_search();
  std::optional<event> search();
  event skipped(std::size_t count, bool last);
  chunk::error reason() const;

  const chunk::protocol& rules_;
  chunk::framing framing_;
  std::optional<chunk::decoder> decoder_;  // of the chunks to come; none while searching
  std::uint64_t max_payload_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;              // position in the buffer of the first byte that is held
  std::size_t searched_ = 0;           // held bytes at which no sequence begins
  std::uint64_t offset_;               // stream offset of the first byte that is held
  std::optional<chunk::error> fault_;  // set while searching
  bool ended_ = false;
};

}  // namespace tools::dump
