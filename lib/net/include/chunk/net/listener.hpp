// Listening sockets, each for one address.
#pragma once

#include <chunk/error.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <sys/types.h>

#include <memory>

namespace chunk::net {

struct listen_options {
  mode_t mode = 0600;                  ///< of the file of a Unix socket, from its creation on
  std::shared_ptr<tls_context> tls{};  ///< for a server, if connections use TLS
  bool keep_alive = true;              ///< transport::keep_alive() of connections
  bool ipv6_only = false;  ///< tcp:[::]: no IPv4 clients, for which something else listens
};

/// A listening socket. The destructor removes the file of a Unix socket, if it is still its own.
class listener {
 public:
  /// Binds and listens. An existing Unix path is replaced, atomically, only if it is a socket on
  /// which nothing listens.
  ///
  /// Throws: failure with the system's or the resolver's code; std::errc::address_in_use, for a
  ///         Unix path with the process that listens there; std::errc::not_supported
  listener(asio::io_context& context, const endpoint& where, listen_options options = {});
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  /// The address bound, with the port that the system chose.
  const endpoint& local() const { return local_; }

  /// The TLS context for connections to a `tls:` address; null for other addresses.
  const std::shared_ptr<tls_context>& tls() const { return tls_; }

  /// Waits for the next connection. The TLS handshake is left to the caller.
  ///
  /// Returns: null after close()
  /// Throws:  failure with the system's code, for instance too_many_files_open; the listener stays
  ///          usable
  asio::awaitable<std::unique_ptr<transport>> accept();

  /// Gives a connection that has already been made. Null: there is none.
  ///
  /// Throws: as accept()
  std::unique_ptr<transport> try_accept();

  /// Waits for `span`, or until close().
  asio::awaitable<void> rest(duration span);

  /// Stops listening, ends accept() and rest(), and removes the file of a Unix socket.
  void close() noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
  std::shared_ptr<tls_context> tls_;
  endpoint local_;
};

}  // namespace chunk::net
