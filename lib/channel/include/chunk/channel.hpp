// Chunks over a descriptor that is already open: blocking calls, no event loop.
#pragma once

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace chunk {

/// A whole chunk that owns its payload.
struct owned {
  chunk::id id;
  std::vector<std::byte> payload;
  std::vector<std::byte> front{};  ///< its header, see header::front

  /// Borrows from the chunk.
  operator chunk_view() const { return {id, payload, front}; }

  bool operator==(const owned&) const = default;
};

/// Sends and receives chunks over a pipe, a file, a terminal or a connected socket. One thread may
/// send while another one receives. After an exception from send() or receive(), that direction is
/// of no further use.
///
/// The channel borrows the descriptor: the caller closes it when the channel is no longer used. A
/// pair of pipes needs two channels. Descriptors in non-blocking mode work as well; the calls wait
/// nevertheless.
class channel {
 public:
  /// Chosen: more than most protocols need, and little compared to the memory of any machine.
  static constexpr std::uint64_t default_max_payload = 16 * 1024 * 1024;

  /// Refuses to receive payloads above `max_payload` bytes as soon as their header is there. Chunks
  /// are told apart by `how`.
  explicit channel(int descriptor, std::uint64_t max_payload = default_max_payload,
                   const framing& how = {});

  /// Writes a whole chunk, of whatever size, and returns when the system has taken all of it. A
  /// peer that has closed its socket raises no SIGPIPE; the reader of a pipe that has gone away
  /// does, unless the program ignores that signal.
  ///
  /// Throws: failure with the system's code (EPIPE or ECONNRESET when the peer has gone away), or
  ///         with errc::too_large for a payload that no length can declare
  void send(const chunk_view& value);

  /// Waits for a whole chunk. Memory grows with the bytes that have arrived, and not with what the
  /// length declares. Reads ahead, so that bytes after the chunk may already have been read.
  ///
  /// Returns: nullopt when the stream has ended between two chunks
  /// Throws:  failure with errc::truncated when the stream ends inside a chunk, with
  ///          errc::too_large for a payload above the limit, or with the system's code
  std::optional<owned> receive();

 private:
  [[gnu::visibility("hidden")]] bool read_more();

  int descriptor_;
  bool socket_ = true;  // until the system says otherwise
  framing framing_;
  decoder decoder_;
  std::vector<std::byte> buffer_;
  std::span<const std::byte> unread_;  // of the buffer
};

}  // namespace chunk
