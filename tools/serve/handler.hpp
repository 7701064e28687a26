// What becomes of requests: a protocol that is built in, commands, workers, another server.
#pragma once

#include <chunk/framing.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/session/reply_buffer.hpp>
#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>

#include <optional>

namespace tools::serve {

/// Outlives the server.
class handler {
 public:
  virtual ~handler();

  /// Answers one request, as chunk::session::service::answer() does.
  virtual std::optional<asio::awaitable<void>> answer(const chunk::session::connection_info& from,
                                                      const chunk::chunk_view& request,
                                                      chunk::session::reply_buffer& out) = 0;

  /// Begins to answer one before its turn, as chunk::session::service::answer_ahead() does.
  virtual std::optional<asio::awaitable<void>> answer_ahead(
      const chunk::session::connection_info& from, const chunk::chunk_view& request,
      chunk::session::reply_buffer& out);

  /// Serves a whole connection, as chunk::session::service::take_over() does.
  virtual std::optional<asio::awaitable<void>> take_over(chunk::session::connection_info& about,
                                                         chunk::net::transport& link);

  /// Clients may come from now on.
  virtual void start() {}

  /// No further requests will come, but those under way.
  virtual void drain() {}

  /// Ends what it has started, when the last connection is over.
  virtual asio::awaitable<void> stop();
};

}  // namespace tools::serve
