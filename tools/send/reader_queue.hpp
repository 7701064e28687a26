// The part of a stream of chunks that one of many readers has not read yet.
#pragma once

#include <chunk/framing.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tools::send {

/// Bytes for one reader, which begin with a chunk. A reader that falls behind loses whole chunks.
class reader_queue {
 public:
  /// Above this many bytes there is no room for another chunk. Chosen: enough for a reader that is
  /// delayed on a busy machine, and small enough for a thousand readers.
  static constexpr std::size_t limit = 1024 * 1024;

  /// Appends a fragment, or drops it together with the rest of its chunk.
  ///
  /// Shape: `raw` is the fragment with the header before it
  void add(const chunk::fragment& given, std::span<const std::byte> raw);

  /// Appends what stands before the first chunk.
  void start(std::span<const std::byte> bytes);

  /// The bytes to write next.
  std::span<const std::byte> front() const { return std::span(bytes_).subspan(done_); }
  void pop(std::size_t count);

  bool empty() const { return done_ == bytes_.size(); }
  bool full() const { return front().size() > limit; }

  /// Says whether the last chunk in the queue is incomplete.
  bool inside() const { return inside_; }

  /// From now on drops chunks for which there is no room, until the queue is empty.
  void fall_behind() { behind_ = true; }
  bool behind() const { return behind_; }

  std::uint64_t chunks() const { return chunks_; }    ///< chunks appended
  std::uint64_t dropped() const { return dropped_; }  ///< chunks dropped

 private:
  std::vector<std::byte> bytes_;
  std::size_t done_ = 0;
  bool joined_ = false;  // whether a chunk has begun since the queue exists
  bool inside_ = false;
  bool skipping_ = true;  // whether the current chunk is dropped
  bool behind_ = false;
  std::uint64_t chunks_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace tools::send
