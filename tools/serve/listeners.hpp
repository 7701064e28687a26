// The addresses that chunk-serve listens on.
#pragma once

#include "serve/log.hpp"
#include "serve/options.hpp"
#include "serve/service_manager.hpp"

#include <chunk/net/listener.hpp>
#include <chunk/net/tls.hpp>

#include <asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tools::serve {

/// Opens every address before any is served, so that a mistake in one leaves nothing half done.
class listeners {
 public:
  listeners(asio::io_context& context, const options& opt);

  bool has_streams() const;

  /// Gives each listener to `accept`, and tells of its address.
  void announce(log& log, const std::function<void(std::unique_ptr<chunk::net::listener>)>& accept);

  /// What all TLS connections share. Nothing: there is no such address.
  const std::shared_ptr<chunk::net::tls_context>& tls() const { return tls_; }

 private:
  /// An address of the form fd:NAME is a socket that was passed with that name.
  void add(const std::string& text, const std::vector<passed_socket>& passed);

  /// A socket that was passed with a name that begins with `tls` is for TLS.
  std::shared_ptr<chunk::net::tls_context> tls_for(const passed_socket& one);
  std::shared_ptr<chunk::net::tls_context> make_tls(const passed_socket& one) const;

  const options& opt_;
  std::vector<passed_socket> wanted_;  // without a name, an address of the command line
  std::vector<std::unique_ptr<chunk::net::listener>> open_;
  std::shared_ptr<chunk::net::tls_context> tls_;
};

}  // namespace tools::serve
