// Passing bytes between two transports, with an observer.
#pragma once

#include <chunk/net/transport.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/awaitable.hpp>

#include <cstddef>
#include <span>

namespace chunk::session {

/// The direction of bytes between the two sides of a relay.
enum class way {
  forth,  ///< from the near side to the far one
  back,
};

/// Observes the bytes that pass. The relay waits for it, so that it should be fast.
///
/// An exception that it throws ends the relay, which passes the exception on.
class relay_observer {
 public:
  virtual ~relay_observer();

  /// Called for all bytes in order, as soon as they were written to the other side.
  virtual void passed(way which, std::span<const std::byte> bytes) = 0;

  /// Called when a side has ended its stream, after the end was passed on to the other side.
  virtual void ended(way which) = 0;
};

/// Passes bytes in both directions, unchanged and without delay, until both sides have ended their
/// streams. The end of each stream is passed on separately. The arguments have to outlive the work.
///
/// Holds at most one buffer per direction, and none while nothing passes: if a side does not read,
/// the other one has to wait.
///
/// If reading or writing fails, both directions end, and both transports are reset, so that nobody
/// takes what broke for the end of a stream; what a side has not taken by then may be lost. The
/// same follows an exception of the observer. If writing fails because the other side is gone, what
/// that side has sent is passed on first. There is no reset after cancel(), nor if a side has only
/// stopped reading (std::errc::broken_pipe), since its own stream can still end. The caller closes
/// the transports.
///
/// Throws: the first failure of a side, after both directions have ended;
///         std::errc::operation_canceled after cancel() of a transport
asio::awaitable<void> relay(net::transport& near_side, net::transport& far_side,
                            relay_observer& watching, buffer_pool& pool);

}  // namespace chunk::session
