// One connection of a server. Internal to the library.
#pragma once

#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace chunk::session {

/// One connection, which the server's table owns.
///
/// It is no coroutine while it waits for requests, since thousands of connections may do nothing
/// else: only work that waits for something in between is one.
class server::connection : public std::enable_shared_from_this<server::connection> {
 public:
  connection(server& owner, std::unique_ptr<net::transport> link, connection_info about,
             std::shared_ptr<net::tls_context> tls);
  ~connection();

  /// Serves until the connection is over, and tells the server so. It may be over at once.
  void start();

  /// Ends the connection where nothing is in progress, or else as soon as nothing is.
  void drain();

  /// Ends the connection now.
  void cut();

  struct objection {
    close_reason why;
    std::string detail;
  };

  /// Says why the client may not be served, if that is known before anything is read. If there is
  /// nothing against it, it counts as one of that client's connections.
  std::optional<objection> object();

  /// What is known of the connection now.
  const connection_info& about();

  close_reason why() const { return cut_ ? close_reason::cut : why_; }
  const std::string& detail() const { return detail_; }

 private:
  using step = void (connection::*)();

  /// A request that is being answered.
  struct begun {
    chunk::id id;
    asio::awaitable<void> work;
  };

  /// What only a connection needs that waits for the handler.
  struct pipeline {
    std::deque<begun> under_way;           // in the order of the requests
    std::optional<chunk_view> put_back{};  // the next request, if it was taken and not begun
  };

  void on_deadline();
  void perform(asio::awaitable<void> work, step next);
  std::function<void()> later(step next);
  void begin();
  void go_on();
  void advance();
  void on_readable();
  void on_error(const std::exception_ptr& problem);
  void finish();
  asio::awaitable<void> prepare();
  std::optional<asio::awaitable<void>> answer_received();
  bool next_request();
  void begin_ahead();
  asio::awaitable<void> see_through();
  bool flush_at_once();
  asio::awaitable<void> flush();
  std::optional<objection> count_peer();
  std::optional<objection> check_access() const;
  void require(const std::optional<objection>& none);
  bool may_stay() const;
  bool is_over(std::chrono::steady_clock::time_point due);
  std::chrono::steady_clock::time_point patience();
  asio::awaitable<void> close_gracefully();
  void leave();
  asio::awaitable<void> drain_peer();
  void judge(const std::exception_ptr& problem);
  void judge_preparation(const failure& reason);

  server& owner_;
  const server_options& options_;
  std::unique_ptr<net::transport> link_;
  std::shared_ptr<net::tls_context> tls_;  // until the handshake
  connection_info about_;
  std::optional<chunk_reader> receiver_;
  chunk_view request_{};  // being answered; the handler's work may refer to it
  std::unique_ptr<pipeline> pipeline_;
  reply_buffer replies_;
  std::size_t sent_ = 0;                           // bytes of the replies that the client has taken
  std::size_t complete_ = 0;                       // bytes of the replies to requests that are done
  std::chrono::steady_clock::time_point since_{};  // the wait for a request
  std::chrono::steady_clock::time_point coming_since_{};  // and for the rest of it
  asio::cancellation_signal stop_;
  bool counted_ = false;    // as one of its client's connections
  bool preparing_ = false;  // who the client is, is not known yet
  bool draining_ = false;
  bool cut_ = false;
  bool waiting_ = false;   // for a request
  bool coming_ = false;    // some of one is there
  bool working_ = false;   // a coroutine is
  bool handling_ = false;  // it is the handler's
  bool parting_ = false;   // the client is given time to read, and why is settled
  bool try_first_ = true;  // reading is worth a try
  close_reason why_ = close_reason::ended;
  std::string detail_;
  std::uint64_t preamble_ = 0;  // bytes of a PROXY header

  net::deadline_timer alarm_;
};

}  // namespace chunk::session
