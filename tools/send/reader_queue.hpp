// What one of many readers has still to take of a stream of chunks.
#pragma once

#include <chunk/framing.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tools::send {

/// Bytes for one reader, from a chunk's beginning on. One that is behind loses whole chunks.
class reader_queue {
 public:
  /// Above this many bytes there is no room for another chunk. Chosen: what a busy machine may
  /// have a reader wait for, and little enough for a thousand readers.
  static constexpr std::size_t limit = 1024 * 1024;

  /// Takes a part of the stream, or leaves out the chunk that it belongs to.
  ///
  /// Shape: `raw` is the part with the header that stands before it
  void add(const chunk::fragment& given, std::span<const std::byte> raw);

  /// What is to be written next.
  std::span<const std::byte> front() const { return std::span(bytes_).subspan(done_); }
  void pop(std::size_t count);

  bool empty() const { return done_ == bytes_.size(); }
  bool full() const { return front().size() > limit; }

  /// Says whether a chunk has begun whose end has not come yet.
  bool inside() const { return inside_; }

  /// From now on, until all is taken, chunks are left out for which there is no room.
  void fall_behind() { behind_ = true; }
  bool behind() const { return behind_; }

  std::uint64_t chunks() const { return chunks_; }    ///< that were taken in
  std::uint64_t dropped() const { return dropped_; }  ///< that were left out since the first

 private:
  std::vector<std::byte> bytes_;
  std::size_t done_ = 0;
  bool joined_ = false;  // a chunk has begun since it is here
  bool inside_ = false;
  bool skipping_ = true;  // the chunk under way
  bool behind_ = false;
  std::uint64_t chunks_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace tools::send
