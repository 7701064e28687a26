// Listening sockets: one accepts the connections to one address.
#pragma once

#include <chunk/endpoint.hpp>
#include <chunk/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <sys/types.h>

#include <memory>

#pragma GCC visibility push(default)

namespace chunk {

struct listen_options {
  mode_t mode = 0600;  ///< of a Unix socket's file, in force from its birth
};

/// A listening socket. Removes the file of a Unix socket when it ends, if it is still its own.
class listener {
 public:
  /// Binds and listens. A Unix path is taken over only where a socket stands that nobody listens
  /// on.
  ///
  /// Throws: failure with the system's or the resolver's code; std::errc::address_in_use
  listener(asio::io_context& context, const endpoint& where, listen_options options = {});
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  /// The address bound, with the port that the system chose.
  const endpoint& local() const { return local_; }

  /// Waits for the next connection. Gives nothing after close().
  ///
  /// Throws: failure with the system's code, for instance too_many_files_open; the listener stays
  ///         usable
  asio::awaitable<std::unique_ptr<transport>> accept();

  /// Stops listening, ends accept(), and removes the file of a Unix socket.
  void close() noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
  endpoint local_;
};

}  // namespace chunk

#pragma GCC visibility pop
