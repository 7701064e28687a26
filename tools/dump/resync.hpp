// Finding the way back into a stream behind a length that is wrong.
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

/// Takes a stream apart into whole chunks and into bytes that are none.
///
/// A chunk that is too large or that the stream does not fill has a wrong length. What comes next
/// is searched for the first place where a chain of chunks starts: two whole ones with plausible
/// IDs, and behind them a third such ID or the end. An ID is plausible that the protocol has in the
/// stream, or without a protocol one of letters, digits and a few signs.
///
/// No I/O. Holds one chunk, and so at most the limit and what one piece brought.
class resync {
 public:
  /// `rules` outlive it. Chunks above `max_payload` bytes are taken for wrong.
  resync(const chunk::protocol& rules, std::uint32_t max_payload, std::uint64_t offset);

  /// Something met in the stream.
  struct event {
    chunk::fragment whole;  ///< a chunk, unless there is a fault

    /// Why `bytes` are no chunk. A long run of them comes in pieces.
    std::optional<chunk::error> fault;
    std::span<const std::byte> bytes;
    std::uint64_t offset = 0;  ///< of the bytes
    bool last = false;         ///< the run ends here
  };

  /// Adds bytes that were received. What next() gave before is no longer valid.
  void add(std::span<const std::byte> bytes);

  /// Says that nothing more comes.
  void end() { ended_ = true; }

  /// Gives what comes next, or nothing when more bytes are needed or the stream has ended.
  std::optional<event> next();

 private:
  enum class answer { no, yes, unknown };

  std::span<const std::byte> rest(std::size_t from = 0) const {
    return std::span(buffer_).subspan(begin_ + from);
  }
  bool is_plausible(const chunk::id& id) const;
  answer is_chunk_at(std::size_t& at) const;
  answer is_chain_at(std::size_t at) const;
  std::optional<event> next_chunk();
  std::optional<event> search();
  event skipped(std::size_t count, bool last);
  chunk::error reason() const;

  const chunk::protocol& rules_;
  std::uint32_t max_payload_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;              // of what is held, in the buffer
  std::size_t searched_ = 0;           // of what is held, how much starts no chain
  std::uint64_t offset_;               // in the stream, of what is held
  std::optional<chunk::error> fault_;  // while searching
  bool ended_ = false;
};

}  // namespace tools::dump
