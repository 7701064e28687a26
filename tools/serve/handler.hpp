// What becomes of requests: a protocol that is built in, commands, workers, another server.
#pragma once

#include <chunk/framing.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/session/reply_buffer.hpp>
#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>

#include <optional>

namespace serve {

/// Outlives the server.
class handler {
 public:
  virtual ~handler();

  /// Answers one request, as chunk::service::answer() does.
  virtual std::optional<asio::awaitable<void>> answer(const chunk::connection& from,
                                                      const chunk::view& request,
                                                      chunk::replies& out) = 0;

  /// Begins to answer one before its turn, as chunk::service::answer_ahead() does.
  virtual std::optional<asio::awaitable<void>> answer_ahead(const chunk::connection& from,
                                                            const chunk::view& request,
                                                            chunk::replies& out);

  /// Serves a whole connection, as chunk::service::take_over() does.
  virtual std::optional<asio::awaitable<void>> take_over(chunk::connection& about,
                                                         chunk::transport& link);

  /// Clients may come from now on.
  virtual void start() {}

  /// No further requests will come, but those under way.
  virtual void drain() {}

  /// Ends what it has started, when the last connection is over.
  virtual asio::awaitable<void> stop();
};

}  // namespace serve
