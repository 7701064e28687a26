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

/// What an acceptor lets in. The defaults let everybody in.
struct accept_options {
  static constexpr auto no_limit = std::numeric_limits<std::size_t>::max();

  std::size_t max_connections = no_limit;       ///< at one time
  std::size_t max_per_peer = no_limit;          ///< of those, with one identity_of()
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
  std::pair<const std::string, std::size_t>* of_peer_ = nullptr;  // in the counter, if it counts
};

/// A connection that was accepted.
struct accepted_connection {
  std::uint64_t number = 0;         ///< counts from 1
  std::unique_ptr<transport> link;  ///< null: TLS could not be put around it
  peer remote;                      ///< the client, also behind a balancer
  endpoint local;                   ///< the address that it came in by
  std::chrono::steady_clock::time_point since;
  std::uint64_t preamble = 0;  ///< bytes of a PROXY header that link->bytes_read() counts
  admission counted;           ///< to be kept as long as the connection is used
};

/// Why a connection was not handed over.
enum class refusal {
  over_capacity,     ///< there were too many connections already, or too many of this peer
  denied,            ///< the rules do not admit the peer
  handshake_slow,    ///< the PROXY header or TLS took too long
  handshake_failed,  ///< the PROXY header or TLS was not in order
  drained,           ///< drain() gave it no more time for that
  closed,            ///< close() came before it was ready
};

/// Is told what becomes of connections before they are ready. Outlives the acceptor.
class accept_observer {
 public:
  virtual ~accept_observer();

  /// A connection was accepted. A PROXY header or TLS may still be to come.
  virtual void arrived(const accepted_connection&) {}

  /// A connection is not handed over, and is closed now. Without arrived() before where that was
  /// known at once.
  virtual void refused(const accepted_connection&, refusal, const failure& /*why*/) {}

  /// A connection could not be accepted; the acceptor tries again after a pause.
  virtual void accept_failed(const error&) {}

  /// A listener has ended, or the preparation of a connection: is_over() may have changed.
  virtual void changed() {}
};

/// Accepts connections of any number of listeners, and hands them over when they are ready: who the
/// client is, is known then, and TLS is agreed on. Preparing one holds nobody else up.
///
/// What cannot be accepted, for want of descriptors for instance, is tried again after a pause,
/// which grows from 100 ms to 1 s.
class acceptor {
 public:
  /// `ready` is called for each connection. It may be called before listen() or adopt() returns.
  acceptor(asio::io_context& context, std::function<void(accepted_connection)> ready,
           accept_observer& watching, accept_options options = {});

  /// Does as close(), but tells nobody.
  ~acceptor();
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;

  /// Accepts what comes to `from`, until stop(), drain() or close(), or until it is closed.
  void listen(std::shared_ptr<listener> from);

  /// Treats a connection that exists already as one that was accepted at `local`.
  void adopt(std::unique_ptr<transport> link, const endpoint& local,
             std::shared_ptr<tls_context> tls = {});

  /// Closes the listeners. Connections that wait to be accepted are reset; those that are being
  /// prepared go on.
  void stop() noexcept;

  /// Does as stop(), but first accepts all that have connected by now. What is being prepared has
  /// `grace` left.
  void drain(duration grace);

  /// Does as stop(), and ends what is being prepared, as refusal::closed.
  void close();

  /// Says whether no listener is open and no connection is being prepared.
  bool is_over() const;

  std::uint64_t accepted() const;  ///< connections so far, also those that were refused
  std::size_t active() const;      ///< connections now, with those being prepared
  std::size_t preparing() const;   ///< of those

 private:
  struct state;
  std::shared_ptr<state> state_;
};

/// Waits for one connection, and agrees on TLS with it at a `tls:` address, within
/// handshake_timeout.
///
/// Returns: null after close() of the listener
/// Throws:  as listener::accept() and tls_stream::handshake(); std::errc::timed_out
asio::awaitable<std::unique_ptr<transport>> accept_one(listener& from);

}  // namespace chunk::net
