// The addresses that chunk-serve listens on.
#pragma once

#include "io/signal_hold.hpp"
#include "serve/log.hpp"
#include "serve/options.hpp"
#include "serve/service_manager.hpp"

#include <chunk/net/listener.hpp>
#include <chunk/net/tls.hpp>

#include <asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tools::serve {

/// Opens all addresses before any client is accepted, so that a mistake in one address has no
/// effect.
class listeners {
 public:
  listeners(asio::io_context& context, const options& opt);

  /// Says whether one of the addresses is "-", the standard streams.
  bool has_streams() const;

  /// Says whether "-" is the only address.
  bool has_only_streams() const { return has_streams() && wanted_.size() == 1; }

  /// Passes each listener to `accept`, and reports its address in the log and to --ready-fd.
  void announce(log& log, const std::function<void(std::unique_ptr<chunk::net::listener>)>& accept);

  /// The context of all TLS connections; nullptr without a TLS address.
  const std::shared_ptr<chunk::net::tls_context>& tls() const { return tls_; }

 private:
  /// Adds an address. fd:NAME stands for each passed socket with that name.
  void add(const std::string& text, const std::vector<passed_socket>& passed);

  bool has_ipv4_beside(const chunk::net::endpoint& where) const;

  /// The TLS context for an address or a passed socket whose name begins with `tls`; nullptr for
  /// any other.
  std::shared_ptr<chunk::net::tls_context> tls_for(const passed_socket& one);
  std::shared_ptr<chunk::net::tls_context> make_tls(const passed_socket& one) const;

  const options& opt_;
  std::optional<io::signal_hold> holds_;  // while there are socket files
  std::vector<passed_socket> wanted_;     // those without a name are addresses of the command line
  std::vector<std::unique_ptr<chunk::net::listener>> open_;
  std::shared_ptr<chunk::net::tls_context> tls_;
};

}  // namespace tools::serve
