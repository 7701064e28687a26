// What a service manager passes to a server, and what it is told: sd_listen_fds(3), sd_notify(3).
#pragma once

#include <chunk/net/endpoint.hpp>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace tools::serve {

/// A listening socket that was open when the process began.
struct passed_socket {
  chunk::net::endpoint where;
  std::string name;  ///< FileDescriptorName= of the socket unit
};

/// Gives the sockets that were passed to this very process, and keeps what it starts from taking
/// them for theirs.
std::vector<passed_socket> take_passed_sockets();

/// Tells the service manager, if there is one, and keeps its watchdog content.
class service_manager {
 public:
  explicit service_manager(asio::io_context& context);
  ~service_manager();
  service_manager(const service_manager&) = delete;
  service_manager& operator=(const service_manager&) = delete;

  /// Connections are accepted from now on.
  void ready();

  /// Settings are being read again; ready() ends that.
  void reloading();

  /// The last word: a reload under way is no news any more.
  void stopping();

 private:
  void tell(const std::string& what) const;
  void watch();

  std::string address_;
  int socket_ = -1;  // nobody is to be told
  bool stopping_ = false;
  bool watched_ = false;
  std::chrono::microseconds watchdog_{};
  asio::steady_timer timer_;
};

}  // namespace tools::serve
