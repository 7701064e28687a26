// The signals that chunk-serve reacts to.
#pragma once

#include "io/signal_watch.hpp"
#include "serve/log.hpp"
#include "serve/service_manager.hpp"

#include <chunk/net/tls.hpp>

#include <asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace tools::serve {

/// SIGINT and SIGTERM call drain(). The second of them ends the process, as SIGQUIT does, and all
/// commands that it has started. SIGHUP reads certificates again, and SIGUSR1 calls the function of
/// report_by().
class signals {
 public:
  signals(asio::io_context& context, log& log, service_manager& manager,
          std::function<void()> drain);

  /// Informs the log and the service manager, and calls `drain`. Does nothing if it was called
  /// before.
  void drain(const std::string& by);

  /// Sets the function that SIGUSR1 calls.
  void report_by(std::function<void()> report) { report_ = std::move(report); }
  /// Sets the context whose certificates SIGHUP reads again.
  void reload(std::shared_ptr<chunk::net::tls_context> tls) { tls_ = std::move(tls); }

 private:
  void react(int number);
  void read_certificates();

  log& log_;
  service_manager& manager_;
  std::function<void()> drain_;
  std::function<void()> report_;
  std::shared_ptr<chunk::net::tls_context> tls_;
  bool draining_ = false;
  io::signal_watch set_;
};

}  // namespace tools::serve
