// Chunks over a transport: receiving within limits, without holding more than one buffer.
#pragma once

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace chunk::session {

/// Spare buffers of the readers and reply buffers of one thread, so that a connection needs memory
/// only while it has something to hold.
class buffer_pool {
 public:
  using buffer = std::vector<std::byte>;

  /// Gives a buffer of at least `size` bytes.
  buffer take(std::size_t size);

  /// Takes a buffer back; it is kept unless there are enough already or it is unusually large.
  void put(buffer spare) noexcept;

 private:
  std::vector<buffer> spare_;
};

struct reader_options {
  /// Bytes of payload above which a chunk is refused.
  std::uint32_t max_payload = max_length;

  /// Chunks with at most this many payload bytes are returned whole, longer ones in fragments.
  std::uint32_t hold = 64 * 1024;  // chosen: above the largest chunk a server takes by default

  /// Bytes to ask for in one read, unless `hold` needs more.
  std::size_t block = 64 * 1024;

  /// Whether the payloads of chunks that come in parts are wanted. If not, as much of them as
  /// transport::skip() can pass over is in no part and in no raw(); each chunk still begins, ends
  /// and is found to be truncated as ever.
  bool payloads = true;

  /// Where in the stream the transport stands: offsets count from there.
  std::uint64_t start = 0;

  /// How chunks are told apart.
  chunk::framing framing{};
};

/// Reads a stream of chunks from a transport that outlives it.
///
/// Memory grows with what has arrived, never with what a length declares.
class chunk_reader {
 public:
  /// release() returns an empty buffer to `pool`, which outlives the reader; null: no pool.
  explicit chunk_reader(net::transport& from, reader_options options = {},
                        buffer_pool* pool = nullptr);
  ~chunk_reader();
  chunk_reader(const chunk_reader&) = delete;
  chunk_reader& operator=(const chunk_reader&) = delete;

  /// Gives the next part of what was received, or nothing when more is needed or the stream is
  /// broken. A chunk that is to be held appears when it is whole; after the stream's end also what
  /// is there of one that is not.
  ///
  /// Shape: the payload is valid until the next call of fill(), try_fill(), take() or release()
  std::optional<fragment> next();

  /// The bytes that the last call of next() used, as they came: with the header where the chunk
  /// begins, and after the stream's end what is there of a header.
  std::span<const std::byte> raw() const { return raw_; }

  /// Where in the stream those bytes end.
  std::uint64_t offset() const { return decoder_.offset(); }

  /// How much of the payload under way is still to be given, in bytes.
  std::uint64_t remaining() const { return decoder_.remaining(); }

  /// Reads more. False: the stream has ended or is broken; finish() tells which.
  ///
  /// Throws: as transport::read_some()
  asio::awaitable<bool> fill();

  /// Reads without waiting. True: got bytes. False: end or broken. nullopt: would block.
  std::optional<bool> try_fill();

  /// Moves some of a long chunk's payload to `to` by transport::pass_some(), where nothing is held.
  /// It is in no part and in no raw(); the chunk still ends, or is found to be truncated, as ever.
  ///
  /// Returns: the number of bytes; 0 when the rest has to be read
  /// Throws:  as transport::pass_some()
  asio::awaitable<std::uint64_t> pass_some(net::transport& to);

  /// Reads on in the background of a long write, so that two sides never wait for each other. Once
  /// the stream has ended, waits to be cancelled.
  ///
  /// Throws: failure with errc::too_large when `most` bytes are held; as transport::read_some()
  asio::awaitable<void> read_ahead(std::size_t most);

  /// Takes bytes as they are, outside any chunk. Fewer than asked: the stream ended or a chunk is
  /// under way.
  asio::awaitable<std::vector<std::byte>> take(std::size_t count);

  /// Drops what is held, without regard to chunks. They still count in offset().
  void discard();

  /// Says whether the stream ended between two chunks, dropping what next() did not give.
  ///
  /// Errors: errc::truncated, errc::too_large; the detail names the transport, offset, ID and bytes
  result<void> finish();

  /// Bytes received that next() has not given yet.
  std::size_t held() const { return end_ - begin_; }

  /// Those bytes, valid as those of next().
  std::span<const std::byte> unread() const { return std::span(buffer_).subspan(begin_, held()); }

  /// True if the last read got fewer bytes than there was room for, so that another read right
  /// away is likely to find none.
  bool drained() const { return drained_ && !fault_; }

  /// Frees memory if nothing is held.
  void release() noexcept;

 private:
  void seek();
  void make_room();
  std::span<std::byte> room();
  bool took(std::size_t count);

  net::transport& from_;
  reader_options options_;
  buffer_pool* pool_;
  decoder decoder_;
  std::optional<error> fault_;
  std::span<const std::byte> raw_;
  buffer_pool::buffer buffer_;
  std::size_t begin_ = 0;  // of what is held, in the buffer
  std::size_t end_ = 0;
  std::size_t most_ = std::numeric_limits<std::size_t>::max();  // bytes to ask for in the next read
  bool ended_ = false;
  bool drained_ = false;
};

/// Passes over the first `offset` bytes of a stream, to receive from there on.
///
/// Throws: failure with errc::truncated when the stream is shorter; as transport::read_some()
asio::awaitable<void> start_at(net::transport& from, std::uint64_t offset);

}  // namespace chunk::session
