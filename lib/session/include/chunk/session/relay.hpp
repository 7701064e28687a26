// Passing bytes on between two transports, while someone looks on.
#pragma once

#include <chunk/net/transport.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/awaitable.hpp>

#include <cstddef>
#include <span>

namespace chunk::session {

/// Which way bytes pass between the two sides of a relay.
enum class way {
  forth,  ///< from the near side to the far one
  back,
};

/// Looks on while bytes pass. Nothing waits for it but the next bytes, so that it should be quick.
///
/// What it throws ends the relay, which throws it on.
class relay_observer {
 public:
  virtual ~relay_observer();

  /// Is told of bytes as soon as the other side has taken them: all bytes that pass, in order.
  virtual void passed(way which, std::span<const std::byte> bytes) = 0;

  /// Is told that a side has ended its stream, as the other side was told before.
  virtual void ended(way which) = 0;
};

/// Passes bytes both ways, as they are and as soon as they come, until both sides have ended their
/// streams. The end of one stream is passed on alone. Everything given outlives the work.
///
/// Holds at most one buffer a way, and none while nothing passes: a side that takes nothing has the
/// other one wait.
///
/// When a side cannot be read any more, both ways end. When it takes no more, what it has sent is
/// passed on first. The caller closes the transports then.
///
/// Throws: the first failure of a side, when all has ended; std::errc::operation_canceled after
///         cancel() of a transport
asio::awaitable<void> relay(net::transport& near_side, net::transport& far_side,
                            relay_observer& watching, buffer_pool& pool);

}  // namespace chunk::session
