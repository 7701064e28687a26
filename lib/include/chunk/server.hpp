// A server of requests: accepts, limits, answers in order, drains.
#pragma once

#include <chunk/codec.hpp>
#include <chunk/deadline.hpp>
#include <chunk/error.hpp>
#include <chunk/listener.hpp>
#include <chunk/replies.hpp>
#include <chunk/stream.hpp>
#include <chunk/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)

namespace chunk {

/// Limits of a server. Source: chunk-serve(1)
struct server_options {
  std::uint32_t max_payload = 65535;                    ///< bytes of a request's payload
  std::size_t max_connections = 512;                    ///< at one time
  std::size_t max_unsent = 64 * 1024;                   ///< reply bytes above which to write first
  duration idle_timeout = std::chrono::seconds(60);     ///< without a byte from the client
  duration write_timeout = std::chrono::seconds(30);    ///< without a byte taken by the client
  duration handler_timeout = std::chrono::seconds(60);  ///< for one request
  duration drain_timeout = std::chrono::seconds(10);    ///< for what is in progress at the end
};

/// Why a connection ended.
enum class ending {
  ended,            ///< the client closed it between two requests
  drained,          ///< the server is stopping
  cut,              ///< the server stopped before a request in progress was done
  idle,             ///< nothing came for too long
  violation,        ///< a request broke the rules of the protocol
  denied,           ///< a request that this client may not make
  too_large,        ///< a length above the limit
  truncated,        ///< the client closed it inside a request
  lost,             ///< the system reported an error
  write_stalled,    ///< the client took no reply for too long
  handler_timeout,  ///< a request took too long to answer
  over_capacity,    ///< there were too many connections already
  failed,           ///< the handler failed
};

/// The fixed word for logs, "write-stalled".
std::string_view to_text(ending why);

/// What is known of one connection.
struct connection {
  std::uint64_t number = 0;  ///< counts from 1
  chunk::peer remote;
  endpoint local;  ///< the address it came in by
  std::chrono::steady_clock::time_point since;
  std::uint64_t requests = 0;
  std::optional<chunk::id> last_id;  ///< of the latest request
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

/// What a server does with requests, and who is told of events. Outlives the server.
class service {
 public:
  virtual ~service();

  /// Answers one request: now, or by work that the server then waits for. The next request of the
  /// connection comes when this one is done; other connections go on.
  ///
  /// Shape:  `request` borrows; it and `out` stay valid until the work is done
  /// Throws: failure with errc::violation or std::errc::permission_denied to close the connection
  ///         without a reply
  virtual std::optional<asio::awaitable<void>> answer(const connection& from, const view& request,
                                                      replies& out) = 0;

  virtual void opened(const connection&) {}
  virtual void closed(const connection&, ending, const std::string& /*detail*/) {}

  /// A connection could not be accepted; the server tries again after a pause.
  virtual void accept_failed(const error&) {}
};

/// Serves any number of listeners in one thread.
class server {
 public:
  server(asio::io_context& context, service& with, server_options options = {});
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Accepts what comes to `from`, until drain().
  void listen(std::unique_ptr<listener> from);

  /// Serves a stream that is connected already.
  void serve(std::unique_ptr<transport> link, const endpoint& local);

  /// Stops accepting, ends idle connections at once, and lets requests in progress finish.
  void drain();

  /// Runs until nothing is left to serve.
  ///
  /// Returns: how many connections were cut because the drain took too long
  asio::awaitable<std::size_t> run();

 private:
  class session;

  asio::awaitable<void> accept_from(std::shared_ptr<listener> from);
  asio::awaitable<void> changed(std::chrono::steady_clock::time_point until);

  asio::io_context& context_;
  service& service_;
  server_options options_;
  buffer_pool pool_;
  asio::steady_timer change_;  // cancelled whenever a listener or a session ends
  std::vector<std::shared_ptr<listener>> listeners_;
  std::size_t accepting_ = 0;
  std::map<std::uint64_t, std::shared_ptr<session>> sessions_;
  std::uint64_t last_number_ = 0;
  std::optional<std::chrono::steady_clock::time_point> draining_since_;
};

}  // namespace chunk

#pragma GCC visibility pop
