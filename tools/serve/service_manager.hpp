// Sockets from a service manager, and notifications to it: sd_listen_fds(3), sd_notify(3).
#pragma once

#include <chunk/net/endpoint.hpp>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace tools::serve {

/// A listening socket that was passed to the process.
struct passed_socket {
  chunk::net::endpoint where;
  std::string name;  ///< FileDescriptorName= of the socket unit
};

/// Gives the sockets that were passed to this process, and removes the variables about them, so
/// that children do not take them for their own.
std::vector<passed_socket> take_passed_sockets();

/// Notifies the service manager, if there is one, of changes of state and for its watchdog.
class service_manager {
 public:
  explicit service_manager(asio::io_context& context);
  ~service_manager();
  service_manager(const service_manager&) = delete;
  service_manager& operator=(const service_manager&) = delete;

  /// To be called when connections are accepted, and after a reload.
  void ready();

  /// To be called before a reload, which ready() ends.
  void reloading();

  /// To be called when the server stops. Later calls of ready() and reloading() have no effect.
  void stopping();

 private:
  void tell(const std::string& what) const;
  void watch();

  std::string address_;
  int socket_ = -1;  // -1: there is no service manager
  bool stopping_ = false;
  bool watched_ = false;
  std::chrono::microseconds watchdog_{};
  asio::steady_timer timer_;
};

}  // namespace tools::serve
