// The interface of handlers: a built-in protocol, commands, workers, or another server.
#pragma once

#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>

#include <functional>
#include <string>

namespace tools::serve {

/// Refuses a request that breaks the rules of its protocol, which ends the connection.
///
/// Throws: failure with errc::violation
[[noreturn]] void violation(const std::string& reason);

/// A handler that may have its own processes or connections. Has to outlive the server.
class handler : public chunk::session::handler {
 public:
  /// Called before the first client is accepted. It calls `give_up` with the reason if it finds
  /// that it can answer no request at all.
  virtual void start(std::function<void(const std::string&)> give_up);

  /// Called when no further requests will come, except those in progress.
  virtual void drain() {}

  /// Ends everything that it has started. Called when the last connection is over.
  virtual asio::awaitable<void> stop();
};

}  // namespace tools::serve
