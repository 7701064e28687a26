// One connection of a script: bytes to be written, and bytes received.
#pragma once

#include <chunk/framing.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/notation.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace tools::script {

/// The maximum payload of a chunk that is held whole. Source: chunk-script(5)
inline constexpr std::uint64_t longest_whole = 16 * 1024 * 1024;

/// Says whether a connection broke, as opposed to a deadline, a bad format or a local file.
bool is_lost(const chunk::failure& reason);

/// How bytes are split into writes.
struct writing {
  std::uint64_t piece = 0;       ///< maximum size of a write; 0: no limit
  chunk::net::duration pause{};  ///< between two writes
  std::uint64_t split_at = 0;    ///< bytes after which a write ends, once; 0: nowhere
  std::uint64_t written = 0;     ///< bytes so far, on all connections
};

/// The time limit of writing. Zero: there is none.
struct write_limit {
  chunk::net::duration time{};
  bool renewed = false;  ///< begins again whenever the peer takes something
};

/// Buffers bytes to be written, so that consecutive chunks are sent together.
class channel {
 public:
  /// `name` is of the connection in the script.
  channel(std::unique_ptr<chunk::net::transport> link, std::string name,
          const chunk::session::reader_options& limits);

  chunk::net::transport& link() { return *link_; }
  const chunk::net::transport& link() const { return *link_; }
  chunk::session::chunk_reader& in() { return receiver_; }
  const std::string& name() const { return name_; }

  /// "b, unix:server"
  std::string peer() const;

  /// Sets whether to read from the peer while a write has to wait. Must be off while replies are
  /// copied at the same time.
  void set_reads_ahead(bool on) { reads_ahead_ = on; }

  /// Adds bytes to be written.
  ///
  /// Returns: false if they are too many to be held, and have to be passed to flush()
  bool add(const chunk::image& from);

  bool has_unwritten() const { return done_ < out_.size(); }

  /// Writes as much as is possible without waiting.
  ///
  /// Returns: whether everything was written
  bool flush_at_once(writing& how);

  /// Writes everything, followed by the bytes of `more`.
  ///
  /// Throws: std::errc::timed_out if the peer does not read within `limit`; errc::too_large if it
  ///         sends too much meanwhile
  asio::awaitable<void> flush(writing& how, write_limit limit, const chunk::image* more = nullptr);

  /// Why writing has failed; nullopt: it has not. Bytes received can be read in either case.
  const std::optional<std::error_code>& broken() const { return broken_; }

  /// Pieces of bytes that were dropped since then.
  std::size_t dropped() const { return dropped_; }

  /// Says whether everything was written.
  bool complete() const { return link_->bytes_written() == expected_; }

  /// "212992 of 10000008 bytes sent"
  std::string progress() const;

  /// Receives without waiting.
  ///
  /// Returns: true if it got bytes; false if the stream has ended; nullopt if it would have to wait
  /// Throws:  as transport::try_read(), also for a failure of a read during a write
  std::optional<bool> try_fill();

  /// Gives the next fragment of a chunk that was received, past what stands before the first one.
  std::optional<chunk::fragment> next_chunk();

  /// A reply that was printed and may still be examined.
  struct printed {
    explicit printed(const chunk::placed_chunk& reply);

    chunk::placed_chunk chunk() const;

    chunk::id id;
    std::uint64_t offset = 0;  ///< of the reply in its stream
    std::vector<std::byte> front;
    std::vector<std::byte> payload;
    std::vector<std::byte> tail;
    std::size_t header_size = 0;  ///< bytes
  };

  std::deque<printed> shown;
  bool ended = false;     ///< the stream of the peer has ended, in whatever way
  bool used_raw = false;  ///< raw bytes were taken

 private:
  asio::awaitable<void> write_out(writing& how, const chunk::image* more);
  asio::awaitable<void> write_held(writing& how);
  asio::awaitable<void> write_piece(writing& how, std::size_t size);
  asio::awaitable<void> let_peer_take();
  asio::awaitable<void> alongside_reading(asio::awaitable<void> work);
  void note_broken(const std::error_code& why);

  std::unique_ptr<chunk::net::transport> link_;
  std::string name_;
  chunk::session::chunk_reader receiver_;
  std::vector<std::byte> out_;
  std::size_t done_ = 0;        // bytes of it that are written
  std::uint64_t expected_ = 0;  // bytes to write so far
  bool reads_ahead_ = true;
  std::optional<std::error_code> broken_;
  std::size_t dropped_ = 0;        // pieces since writing has failed
  std::exception_ptr unreadable_;  // why reading ended while something was written
};

}  // namespace tools::script
