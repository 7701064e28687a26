// The stream on standard input on its way to a peer or to standard output.
#pragma once

#include <chunk/transport.hpp>

#include <asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sending {

/// The form of a stream on standard input.
enum class form { raw, json };

/// Writes to one transport, which outlives it, and keeps count of what is still to be sent.
class writer {
 public:
  explicit writer(chunk::transport& to) : to_(to) {}

  /// Passes a stream of chunks on to its end. Whole chunks before a fault are sent.
  ///
  /// Throws: failure with errc::truncated, errc::too_large or, of JSON, errc::malformed; those of
  ///         either transport
  asio::awaitable<void> pass_on(chunk::transport& from, form written, std::uint32_t max_chunk);

  /// Says whether everything given so far was taken by the system.
  bool complete() const { return to_.bytes_written() == expected_; }

  /// "212992 of 10000008 bytes sent"
  std::string progress() const;

 private:
  asio::awaitable<void> pass_on_raw(chunk::transport& from, std::uint32_t max_chunk);
  asio::awaitable<void> pass_on_json(chunk::transport& from, std::uint32_t max_chunk);

  chunk::transport& to_;
  std::vector<std::byte> gathered_;
  std::uint64_t expected_ = 0;
};

}  // namespace sending
