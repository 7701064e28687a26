// One connection of a server. Internal to the library.
#pragma once

#include "close_reason.hpp"
#include "request_clock.hpp"
#include "responder.hpp"

#include <chunk/net/acceptor.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/session/chunk_reader.hpp>
#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

namespace chunk::session {

/// When the server drains, a connection younger than the first of these has the second to send its
/// first request, which is probably on its way. Chosen.
inline constexpr net::duration newcomer_age = std::chrono::seconds(1);
inline constexpr net::duration newcomer_grace = std::chrono::milliseconds(50);

/// State shared by the connections of one server. Has to outlive them.
struct connection_context {
  asio::io_context& context;
  handler& by;
  server_options options;
  std::function<void(std::uint64_t number)> on_end;  ///< a connection is over, and may be destroyed
  buffer_pool pool{};
  std::optional<std::chrono::steady_clock::time_point> draining_since{};
};

/// One connection, owned by the table of the server.
///
/// Waiting for requests uses callbacks instead of a coroutine, to save memory with thousands of
/// idle connections. Only work that waits for something else uses a coroutine.
class connection final : public net::wait_observer,
                         public std::enable_shared_from_this<connection> {
 public:
  connection(connection_context& shared, net::accepted_connection from);

  /// Serves the connection until it is over, and then calls on_end, possibly before returning.
  void start();

  /// Ends the connection as soon as no request is in progress, possibly at once.
  void drain();

  /// Ends the connection now.
  void cut();

  /// The details of the connection so far.
  const connection_info& info();

  /// Why it is over.
  const closure& end();

 private:
  using step = void (connection::*)();

  enum class phase {
    running,   // a step is running or scheduled
    waiting,   // waiting for a request
    working,   // a coroutine is running
    handling,  // a coroutine is waiting for the handler
    parting,   // the reason for the end is known, and the client has time to read
  };

  /// The last request of the server.
  enum class order { serve, drain, cut };

  void go_on();
  void advance();
  void wait_for_request();
  void on_wait_end(const std::error_code& problem) override;
  void on_deadline();
  void perform(asio::awaitable<void> work, step next);
  std::function<void()> later(step next);
  asio::awaitable<void> see_through();
  asio::awaitable<void> flush();

  bool draining() const { return ordered_ == order::drain; }

  bool may_stay() const;
  bool is_over(std::chrono::steady_clock::time_point due);
  void on_error(const std::exception_ptr& problem);
  void leave();
  asio::awaitable<void> close_gracefully();
  asio::awaitable<void> drain_peer();
  void finish();

  connection_context& shared_;
  std::unique_ptr<net::transport> link_;
  net::admission admission_;
  std::uint64_t preamble_;  // bytes of a PROXY header
  connection_info info_;
  responder answers_;
  request_clock clock_;
  phase now_ = phase::running;
  order ordered_ = order::serve;
  closure end_;
  asio::cancellation_signal stop_;  // cancels the coroutine
  net::deadline_timer deadline_;
};

}  // namespace chunk::session
