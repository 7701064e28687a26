// What becomes of requests: a protocol that is built in, commands, workers, another server.
#pragma once

#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>

namespace tools::serve {

/// A handler that may have processes or connections of its own. Outlives the server.
class handler : public chunk::session::handler {
 public:
  /// Clients may come from now on.
  virtual void start() {}

  /// No further requests will come, but those under way.
  virtual void drain() {}

  /// Ends what it has started, when the last connection is over.
  virtual asio::awaitable<void> stop();
};

}  // namespace tools::serve
