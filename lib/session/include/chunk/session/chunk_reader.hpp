// Receives chunks from a transport, with limits and a single buffer.
#pragma once

#include <chunk/byte_block.hpp>
#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/protocol.hpp>

#include <asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace chunk::session {

/// Spare buffers of the readers and reply buffers of one thread, so that a connection needs memory
/// only while it has something to hold.
class buffer_pool {
 public:
  using buffer = byte_block;

  /// Gives a buffer of at least `size` bytes.
  buffer take(std::size_t size);

  /// Takes a buffer back; it is kept unless there are enough already.
  void put(buffer spare) noexcept;

 private:
  buffer take_out(std::vector<buffer>::iterator which) noexcept;

  std::vector<buffer> spare_;  // the large ones first
  std::size_t memory_ = 0;     // bytes of all of them
};

struct reader_options {
  /// Bytes of payload above which a chunk is refused.
  std::uint64_t max_payload = no_limit;

  /// Chunks with at most this many payload bytes are returned whole, longer ones in fragments.
  std::uint64_t hold = 64 * 1024;  // chosen: above the largest chunk a server takes by default

  /// Whether chunks of open length are taken. If not, they are against the protocol.
  bool open = true;

  /// Bytes to ask for in one read, unless `hold` needs more.
  std::size_t block = 64 * 1024;

  /// Whether the payloads of chunks that come in fragments are wanted. If not, the bytes that
  /// transport::skip() can skip are in no fragment and in no raw(). Each chunk still begins and
  /// ends, and truncation is still detected.
  bool payloads = true;

  /// The stream offset at which the transport starts.
  std::uint64_t start = 0;

  /// How chunks are told apart, and whose stream it is.
  chunk::framing framing{};

  /// With rules, containers above the hold are walked: a fragment begins the container with what
  /// stands before its subchunks, these follow one level deeper, and a last fragment ends it. The
  /// rules outlive the reader. nullptr: containers are chunks like others. In the chunk framing
  /// they always are.
  const protocol* rules = nullptr;
};

/// Reads a stream of chunks from a transport, which has to outlive it.
///
/// Memory grows with the bytes that have arrived, never with a declared length. With a pool, a
/// block to read into is taken only while there is something to read.
class chunk_reader {
 public:
  /// release() returns an empty buffer to `pool`, which outlives the reader; null: no pool.
  explicit chunk_reader(net::transport& from, reader_options options = {},
                        buffer_pool* pool = nullptr);
  ~chunk_reader();
  chunk_reader(const chunk_reader&) = delete;
  chunk_reader& operator=(const chunk_reader&) = delete;

  /// Gives the next fragment received, in `out`, which is as it was made or as this reader has left
  /// it. A chunk within the hold is given once it is whole; an incomplete one is given after the
  /// end of the stream.
  ///
  /// Shape:   the payload is valid until the next call of fill(), try_fill(), take() or release()
  /// Returns: false if more bytes are needed or the stream is faulty
  bool next(fragment& out);

  /// The same as a value, for those who take few chunks: making one costs more than decoding it.
  std::optional<fragment> next() {
    std::optional<fragment> out(std::in_place);
    if (!next(*out)) out.reset();
    return out;
  }

  /// The bytes received for the last fragment, with the header where a chunk begins and with what
  /// follows the payload where it ends. After the end of the stream, the bytes of an incomplete
  /// header or trailer.
  std::span<const std::byte> raw() const { return raw_; }

  /// The stream offset of the end of raw().
  std::uint64_t offset() const { return decoder_.offset(); }

  /// Says why the last fragment is stray.
  const error& stray_reason() const { return decoder_.stray_reason(); }

  /// The bytes of the current payload that are still to be given.
  std::uint64_t remaining() const { return decoder_.remaining(); }

  /// Reads more, or finds that the stream has ended. In framings of protocol files something may
  /// end with the stream, for instance a chunk of open length, which next() gives then.
  ///
  /// Returns: false if the stream is faulty, or has ended and next() gives no more that is whole;
  ///          finish() tells which
  /// Throws:  as transport::read_some()
  asio::awaitable<bool> fill();

  /// The same without waiting. nullopt: there is nothing to read yet.
  std::optional<bool> try_fill();

  /// Moves some of the payload of a long chunk to `to` by transport::pass_some(), if no bytes are
  /// held. Moved bytes are in no fragment and in no raw(). The chunk still ends, and truncation is
  /// still detected.
  ///
  /// Returns: the number of bytes; 0 if the rest has to be read
  /// Throws:  as transport::pass_some()
  asio::awaitable<std::uint64_t> pass_some(net::transport& to);

  /// Keeps reading during a long write, so that two sides that both write do not deadlock. After
  /// the end of the stream, waits to be cancelled.
  ///
  /// Throws: failure with errc::too_large if `most` bytes are held; as transport::read_some()
  asio::awaitable<void> read_ahead(std::size_t most);

  /// Takes raw bytes between chunks.
  ///
  /// Returns: fewer than requested if the stream has ended or a chunk is incomplete
  asio::awaitable<std::vector<std::byte>> take(std::size_t count);

  /// Drops all bytes that are held, regardless of chunks. They count in offset().
  void discard();

  /// Says whether the stream ended between two chunks. Drops everything that next() did not give.
  ///
  /// Errors: errc::truncated, errc::too_large; the detail names the transport, offset, ID and bytes
  result<void> finish();

  /// Bytes received that next() has not given yet.
  std::size_t held() const { return end_ - begin_; }

  /// Those bytes, valid as those of next().
  std::span<const std::byte> unread() const { return std::span(buffer_).subspan(begin_, held()); }

  /// True if the last read got fewer bytes than there was room for, so that another read right
  /// away is likely to find neither bytes nor the end.
  bool drained() const { return drained_ && !fault_ && !ended_; }

  /// Before a wait: returns the buffer to the pool. Bytes that are held are kept, in as much memory
  /// as they need. Does nothing without a pool.
  void release() noexcept;

 private:
  /// What next() may take of the bytes that are held.
  struct share {
    std::size_t most = 0;             ///< bytes
    const rule* container = nullptr;  ///< the rule of a container whose subchunks follow these
  };

  void fail(error reason);
  void take_up_to(std::span<const std::byte> rest);
  bool next_in(std::span<const std::byte> bytes, fragment& out);
  bool next_framed(fragment& out);
  std::optional<share> next_share();
  std::optional<share> share_of_start();
  std::optional<share> share_of_chunk();
  bool completes(const fragment& given) const;
  bool completes_more() const;
  void seek();
  buffer_pool::buffer new_block(std::size_t size);
  buffer_pool::buffer move_to(buffer_pool::buffer other) noexcept;
  void make_room();
  void keep_apart() noexcept;
  std::span<std::byte> room();
  bool took(std::size_t count);

  net::transport& from_;
  reader_options options_;
  buffer_pool* pool_;
  decoder decoder_;
  std::unique_ptr<error> fault_;  // null: there is none; most readers never have one
  std::span<const std::byte> raw_;
  buffer_pool::buffer buffer_;
  std::size_t begin_ = 0;  // position in the buffer of the first byte that is held
  std::size_t end_ = 0;
  std::size_t most_ = std::numeric_limits<std::size_t>::max();  // bytes to ask for in the next read
  bool kept_apart_ = false;  // the buffer is as large as the bytes that it holds
  bool ended_ = false;
  bool gave_rest_ = false;  // the bytes of an incomplete trailer were in raw()
  bool drained_ = false;
  bool starting_ = false;  // what stands before the first chunk is still to come
};

/// Skips the first `offset` bytes of a stream.
///
/// Throws: failure with errc::truncated if the stream is shorter; as transport::read_some()
asio::awaitable<void> start_at(net::transport& from, std::uint64_t offset);

}  // namespace chunk::session
