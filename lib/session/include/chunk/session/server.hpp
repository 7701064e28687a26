// A server of requests: accepts, limits, answers in order, drains.
#pragma once

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/net/acceptor.hpp>
#include <chunk/net/access.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/net/listener.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/session/chunk_reader.hpp>
#include <chunk/session/reply_buffer.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chunk::session {

/// Limits of a server. Source: chunk-serve(1)
struct server_options {
  std::uint64_t max_payload = 65535;   ///< bytes of a request's payload
  std::size_t max_connections = 512;   ///< at the same time
  std::size_t max_per_peer = 32;       ///< connections with the same identity_of()
  std::size_t max_unsent = 64 * 1024;  ///< bytes of replies above which to write before reading
  net::duration handshake_timeout = net::handshake_timeout;  ///< for a PROXY header and for TLS
  net::duration idle_timeout = std::chrono::seconds(60);     ///< between two requests
  net::duration request_timeout =
      std::chrono::seconds(10);                            ///< for one request, from its first byte
  std::uint64_t least_rate = 1024;                         ///< bytes that extend it by a second
  net::duration write_timeout = std::chrono::seconds(30);  ///< without a byte read by the client
  net::duration handler_timeout = std::chrono::seconds(60);  ///< for one request
  net::duration drain_timeout = std::chrono::seconds(10);  ///< for requests in progress at the end
  std::vector<net::access_rule> access{};                  ///< who may connect
  std::vector<net::network> balancers{};  ///< whose connections begin with a PROXY header
  chunk::framing framing{};               ///< of requests and replies
};

/// The maximum number of bytes in buffers: when every connection receives a request of maximum
/// length, and does not read replies of maximum length to earlier requests.
std::uint64_t most_memory(const server_options& options);

/// Why a connection ended.
enum class close_reason {
  ended,             ///< the client closed it between two requests
  drained,           ///< the server is stopping
  cut,               ///< the server stopped before a request in progress was done
  reset,             ///< the client reset it between two requests
  idle,              ///< no request came for too long
  request_slow,      ///< a request took too long to come
  handshake_slow,    ///< the PROXY header or TLS took too long
  handshake_failed,  ///< the PROXY header or TLS was invalid
  violation,         ///< a request broke the rules of the protocol
  denied,            ///< the client may not connect, or not make this request
  too_large,         ///< a length above the limit
  truncated,         ///< the client closed it inside a request
  lost,              ///< the system reported an error
  write_stalled,     ///< the client did not read replies for too long
  handler_timeout,   ///< a request took too long to answer
  over_capacity,     ///< there were too many connections already, or too many of this client
  failed,            ///< the handler failed
  local_failed,      ///< a standard stream that is the connection failed, or a local resource
};

/// The name for logs, such as "write-stalled".
std::string_view to_text(close_reason why);

/// A failure that carries its close_reason.
class close_error : public failure {
 public:
  close_error(close_reason why, error what) : failure(std::move(what)), why_(why) {}
  ~close_error() override;

  close_reason why() const { return why_; }

 private:
  close_reason why_;
};

/// The details of one connection.
struct connection_info {
  std::uint64_t number = 0;  ///< counts from 1
  chunk::net::peer remote;
  net::endpoint local;  ///< the address that it was accepted on
  std::chrono::steady_clock::time_point since;
  std::uint64_t requests = 0;
  std::optional<chunk::id> last_id;  ///< of the latest request
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

/// The counters of a server.
struct server_counts {
  std::uint64_t accepted = 0;  ///< connections, including refused ones
  std::uint64_t active = 0;    ///< connections now
  std::uint64_t bytes_in = 0;  ///< without TLS and PROXY headers
  std::uint64_t bytes_out = 0;
};

/// Answers the requests of the connections of a server. Has to outlive the server.
class handler {
 public:
  virtual ~handler();

  /// Answers one request: now, or by work that the server then waits for. The next request of the
  /// connection is passed when this one is done; other connections continue.
  ///
  /// Shape:  `request` borrows; it and `out` stay valid until the work is done
  /// Throws: failure with errc::violation or std::errc::permission_denied to close the connection
  ///         without a reply; close_error
  virtual std::optional<asio::awaitable<void>> answer(const connection_info& from,
                                                      const chunk_view& request,
                                                      reply_buffer& out) = 0;

  /// Optional pipelining: may start a request before the work for the previous one on its
  /// connection ends. Called right after answer() or answer_ahead() has returned that work.
  ///
  /// Shape:   as of answer(), but only the payload of `request` stays. Replies must still be added
  ///          to `out` in the order of the requests; each work is awaited after those before it,
  ///          and not at all if one of them fails.
  /// Returns: nullopt if answer() has to be called with the request in its turn, as always if
  ///          answering would throw or needs no work
  virtual std::optional<asio::awaitable<void>> answer_ahead(const connection_info& from,
                                                            const chunk_view& request,
                                                            reply_buffer& out);

  /// Serves a whole connection by work that the server then waits for, and that has to enforce the
  /// limits itself. Called when the client is known.
  ///
  /// Shape:   both stay valid until the work is done, which counts requests in `about`; who the
  ///          client is stands in `about` alone
  /// Returns: nullopt if the requests of the connection have to be passed to answer()
  /// Throws:  only the work, as answer() does
  virtual std::optional<asio::awaitable<void>> take_over(connection_info& about,
                                                         net::transport& link);
};

/// Observes the connections of a server. Has to outlive the server.
class server_observer {
 public:
  virtual ~server_observer();

  /// Called when a connection was accepted. The client is known unless a PROXY header or TLS is
  /// still to come.
  virtual void opened(const connection_info&) {}

  /// Called when a connection is over, or was refused without a call of opened().
  virtual void closed(const connection_info&, close_reason, const std::string& /*detail*/) {}

  /// Called when a connection could not be accepted; the server retries after a pause.
  virtual void accept_failed(const error&) {}
};

/// Serves any number of listeners in one thread.
class server {
 public:
  /// `watching` may be null.
  server(asio::io_context& context, handler& by, server_options options = {},
         server_observer* watching = nullptr);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Accepts connections of `from` until drain(). A TLS handshake does not delay other clients.
  void listen(std::shared_ptr<net::listener> from);

  /// Serves a stream that is already connected.
  void serve(std::unique_ptr<net::transport> link, const net::endpoint& local);

  /// Accepts the clients that have connected by now and stops accepting, ends idle connections at
  /// once, and lets requests in progress finish. A connection that is less than a second old has 50
  /// ms to send a request.
  void drain();

  server_counts counts() const;

  /// Runs until nothing is left to serve.
  ///
  /// Returns: the number of connections that were closed because draining took too long
  asio::awaitable<std::size_t> run();

 private:
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace chunk::session
