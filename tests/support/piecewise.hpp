// A stream that comes in pieces, and what a tool's view is given of it.
#pragma once

#include "support/bytes.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

namespace support {

/// Gives a stream in pieces of at most `piece` bytes.
class piecewise final : public chunk::net::transport {
 public:
  piecewise(std::string_view stream, std::size_t piece)
      : transport("stream", {}), rest_(bytes(stream)), piece_(piece) {}

  asio::awaitable<bool> wait_readable() override { co_return true; }
  asio::awaitable<bool> wait_writable() override { co_return false; }
  void shutdown_write() noexcept override {}
  void cancel() noexcept override {}

 private:
  std::optional<std::size_t> read_now(std::span<std::byte> room) override {
    const auto count = std::min({room.size(), piece_, rest_.size()});
    std::copy_n(rest_.begin(), count, room.begin());
    rest_ = rest_.subspan(count);
    return count;
  }
  std::optional<std::size_t> write_now(std::span<const std::byte>) override { return 0; }

  std::span<const std::byte> rest_;
  std::size_t piece_;
};

/// Receives the fragments of a stream, and the bytes at its end that are not a chunk.
struct takers {
  std::function<void(const chunk::fragment&)> part;
  std::function<void(const chunk::error&, std::span<const std::byte>, std::uint64_t)> fault;
};

/// Reads a stream in pieces of at most `piece` bytes, as chunk-dump does. Chunks of more than
/// `hold` bytes are given in several fragments.
inline void take_apart(std::string_view stream, std::size_t piece, std::uint32_t hold,
                       const takers& to) {
  piecewise from(stream, piece);
  chunk::session::chunk_reader chunk_reader(
      from, {.max_payload = chunk::max_length, .hold = hold, .block = 64});
  for (bool more = true; more;) {
    while (const auto given = chunk_reader.next()) to.part(*given);
    more = chunk_reader.try_fill().value();
  }
  while (const auto given = chunk_reader.next()) to.part(*given);
  const auto rest = chunk_reader.raw();
  const auto whole = chunk_reader.finish();
  if (!whole) to.fault(whole.error(), rest, stream.size() - rest.size());
}

}  // namespace support
