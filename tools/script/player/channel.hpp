// One connection of a script: what is to be written, and what was received.
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

/// A chunk or a reply that is read as a whole has at most so much payload. Source: chunk-script(5)
inline constexpr std::uint32_t longest_whole = 16 * 1024 * 1024;

/// Says whether a connection broke, as opposed to a deadline, a bad format or a local file.
bool is_lost(const chunk::failure& reason);

/// How what is to be written is cut into writes.
struct writing {
  std::uint64_t piece = 0;       ///< bytes of a write; 0: as many as there are
  chunk::net::duration pause{};  ///< between two of them
  std::uint64_t split_at = 0;    ///< bytes after which a write ends, once; 0: nowhere
  std::uint64_t written = 0;     ///< bytes so far, on all connections
};

/// Collects what is to be written, so that chunks which stand together are sent together.
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

  /// Sets whether the peer is read from while a write has to wait. Not where the replies are copied
  /// at the same time.
  void set_reads_ahead(bool on) { reads_ahead_ = on; }

  /// Adds bytes to be written.
  ///
  /// Returns: false: they are too many to be held, and are to be given to flush()
  bool add(const chunk::image& from);

  bool has_unwritten() const { return done_ < out_.size(); }

  /// Writes what the system takes at once.
  ///
  /// Returns: whether that was all
  bool flush_at_once(writing& how);

  /// Writes everything, with the bytes of `more`.
  ///
  /// Throws: std::errc::timed_out when the peer takes nothing for `limit`; errc::too_large when it
  ///         sends too much meanwhile
  asio::awaitable<void> flush(writing& how, chunk::net::duration limit,
                              const chunk::image* more = nullptr);

  /// Why nothing more can be written; nullopt: it can. What was received can be read either way.
  const std::optional<std::error_code>& broken() const { return broken_; }

  /// Says whether the system has taken everything given so far.
  bool complete() const { return link_->bytes_written() == expected_; }

  /// "212992 of 10000008 bytes sent"
  std::string progress() const;

  /// Receives without waiting.
  ///
  /// Returns: true: got bytes; false: the stream has ended; nullopt: it would have to wait
  /// Throws: as transport::try_read(), also what a read in the background of a write has met
  std::optional<bool> try_fill();

  /// A reply that was printed and may still be examined.
  struct printed {
    chunk::id id;
    std::uint64_t offset = 0;  ///< of the reply in its stream
    std::vector<std::byte> payload;
    std::size_t header_size = 0;  ///< bytes
  };

  std::deque<printed> shown;
  bool ended = false;     ///< the peer's stream, in whatever way
  bool used_raw = false;  ///< bytes were taken without regard to chunks

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
  std::exception_ptr unreadable_;  // why reading ended while something was written
};

}  // namespace tools::script
