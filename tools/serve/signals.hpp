// What signals ask of chunk-serve.
#pragma once

#include "serve/log.hpp"
#include "serve/service_manager.hpp"

#include <chunk/net/tls.hpp>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace tools::serve {

/// Calls `drain` at the first signal that asks to stop; another one does what it does to any
/// program. SIGHUP reads certificates again, and SIGUSR1 calls what report_by() was given.
class signals {
 public:
  signals(asio::io_context& context, log& log, service_manager& manager,
          std::function<void()> drain);

  /// Tells the log and the service manager, and lets what is in progress finish. Only the first
  /// call counts.
  void drain(const std::string& by);

  void report_by(std::function<void()> report) { report_ = std::move(report); }
  void reload(std::shared_ptr<chunk::net::tls_context> tls) { tls_ = std::move(tls); }

 private:
  void wait();
  void read_certificates();

  log& log_;
  service_manager& manager_;
  std::function<void()> drain_;
  std::function<void()> report_;
  std::shared_ptr<chunk::net::tls_context> tls_;
  asio::signal_set set_;
  bool draining_ = false;
};

}  // namespace tools::serve
