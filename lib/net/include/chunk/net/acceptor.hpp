// Accepting connections: limits, access rules, PROXY headers and TLS handshakes, in one place.
#pragma once

#include <chunk/error.hpp>
#include <chunk/net/access.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/listener.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace chunk::net {

/// Time for a PROXY header and a TLS handshake, together. Chosen. Source: chunk-send(1),
/// chunk-recv(1), chunk-serve(1)
inline constexpr duration handshake_timeout = std::chrono::seconds(10);

/// The connections that an acceptor admits. The defaults admit all.
struct accept_options {
  static constexpr auto no_limit = std::numeric_limits<std::size_t>::max();

  std::size_t max_connections = no_limit;       ///< at the same time
  std::size_t max_per_peer = no_limit;          ///< connections with the same identity_of()
  duration handshake = net::handshake_timeout;  ///< for a PROXY header and for TLS
  std::vector<access_rule> access{};            ///< who may connect
  std::vector<network> balancers{};             ///< whose connections begin with a PROXY header
};

/// Counts a connection against the limits of its acceptor for as long as it exists.
class admission {
 public:
  admission() = default;
  admission(admission&& other) noexcept;
  admission& operator=(admission&& other) noexcept;
  ~admission();

 private:
  friend class acceptor;
  class counter;

  explicit admission(std::shared_ptr<counter> by);

  void give_back() noexcept;

  std::shared_ptr<counter> by_;
  std::pair<const std::string, std::size_t>* of_peer_ = nullptr;  // null: not counted by peer
};

/// A connection that was accepted.
struct accepted_connection {
  std::uint64_t number = 0;         ///< counts from 1
  std::unique_ptr<transport> link;  ///< null: TLS could not be set up
  peer remote;                      ///< the client, even behind a balancer
  endpoint local;                   ///< the address that it was accepted on
  std::chrono::steady_clock::time_point since;
  std::uint64_t preamble = 0;  ///< bytes of a PROXY header that link->bytes_read() counts
  admission counted;           ///< to be kept as long as the connection is used
};

/// Why a connection was not handed over.
enum class refusal {
  over_capacity,     ///< there were too many connections already, or too many of this peer
  denied,            ///< the rules do not admit the peer
  handshake_slow,    ///< the PROXY header or TLS took too long
  handshake_failed,  ///< the PROXY header or TLS was invalid
  failed,            ///< this process failed, for instance for lack of memory
  drained,           ///< drain() did not give it more time for that
  closed,            ///< close() was called before it was ready
};

/// Observes connections before they are ready. Has to outlive the acceptor.
class accept_observer {
 public:
  virtual ~accept_observer();

  /// Called when a connection was accepted. A PROXY header or TLS may still be to come.
  virtual void arrived(const accepted_connection&) {}

  /// Called when a connection is refused, and is about to be closed. arrived() is not called before
  /// if it is refused at once.
  virtual void refused(const accepted_connection&, refusal, const failure& /*why*/) {}

  /// Called when a connection could not be accepted; the acceptor retries after a pause.
  virtual void accept_failed(const error&) {}

  /// Called when is_over() may have changed.
  virtual void changed() {}
};

/// Accepts connections of any number of listeners, and hands them over when they are ready: the
/// client is known and the TLS handshake is done. Preparing a connection does not delay others.
///
/// If a connection cannot be accepted, for instance without a free descriptor, accepting is retried
/// after a pause that grows from 100 ms to 1 s.
class acceptor {
 public:
  /// `ready` is called for each connection. It may be called before listen() or adopt() returns.
  acceptor(asio::io_context& context, std::function<void(accepted_connection)> ready,
           accept_observer& watching, accept_options options = {});

  /// Like close(), but without calling the observer.
  ~acceptor();
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;

  /// Accepts connections of `from` until stop(), drain() or close() is called, or it is closed.
  void listen(std::shared_ptr<listener> from);

  /// Treats an existing connection as one that was accepted at `local`.
  void adopt(std::unique_ptr<transport> link, const endpoint& local,
             std::shared_ptr<tls_context> tls = {});

  /// Closes the listeners. Connections that wait to be accepted are reset; those that are being
  /// prepared continue.
  void stop() noexcept;

  /// Like stop(), but first accepts all clients that have connected by now. Connections that are
  /// being prepared have the time `grace` left.
  void drain(duration grace);

  /// Like stop(), and refuses connections that are being prepared, as refusal::closed.
  void close();

  /// Says whether no listener is open and no connection is being prepared.
  bool is_over() const;

  std::uint64_t accepted() const;  ///< connections so far, including refused ones
  std::size_t active() const;      ///< connections now, including those being prepared
  std::size_t preparing() const;   ///< connections being prepared

 private:
  struct state;
  std::shared_ptr<state> state_;
};

/// Waits for one connection. At a `tls:` address, then performs the TLS handshake within
/// handshake_timeout.
///
/// Returns: null after close() of the listener
/// Throws:  as listener::accept() and tls_stream::handshake(); std::errc::timed_out
asio::awaitable<std::unique_ptr<transport>> accept_one(listener& from);

}  // namespace chunk::net
