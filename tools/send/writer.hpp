// Passes the stream on standard input to a peer or to standard output.
#pragma once

#include "cli/progress.hpp"
#include "io/yield_every.hpp"

#include <chunk/net/transport.hpp>
#include <chunk/protocol.hpp>

#include <asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tools::send {

/// The form of a stream on standard input.
enum class form { raw, json };

/// Writes to one transport, and counts the bytes that are still to be sent.
class writer {
 public:
  /// `rules` are those of the stream. All of them, `counting` if there is one, have to outlive it.
  writer(chunk::net::transport& to, const chunk::protocol& rules, cli::progress* counting = nullptr)
      : to_(to), rules_(rules), counting_(counting) {}

  /// Passes on a stream of chunks up to its end. Whole chunks before a fault are sent.
  ///
  /// Throws: failure with errc::truncated, errc::too_large or, for JSON, errc::malformed; the
  ///         failures of either transport
  asio::awaitable<void> pass_on(chunk::net::transport& from, form written, std::uint64_t max_chunk);

  /// Says whether everything given so far was written, and ends between two chunks.
  bool complete() const { return to_.bytes_written() == expected(); }

  /// "212992 of 10000008 bytes sent"
  std::string progress() const;

 private:
  asio::awaitable<void> pass_on_raw(chunk::net::transport& from, std::uint64_t max_chunk);
  asio::awaitable<void> pass_on_json(chunk::net::transport& from, std::uint64_t max_chunk);

  asio::awaitable<void> write(std::span<const std::byte> bytes, std::uint64_t chunks);
  asio::awaitable<void> count(std::uint64_t bytes, std::uint64_t chunks);

  std::uint64_t expected() const { return given_ + rest_; }

  chunk::net::transport& to_;
  const chunk::protocol& rules_;
  cli::progress* counting_;
  std::vector<std::byte> gathered_;
  std::uint64_t given_ = 0;  // bytes passed to the transport
  std::uint64_t rest_ = 0;   // bytes still missing from the current chunk, by its length
  io::yield_every turns_;
};

}  // namespace tools::send
