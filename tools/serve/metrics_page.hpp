// A minimal HTTP server for the metrics, with limits.
#pragma once

#include <chunk/net/acceptor.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/listener.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace tools::serve {

/// Answers GET /metrics on one address, and any other request by an error, one request per
/// connection. Its arguments have to outlive it, and it has to outlive the work of the context.
class metrics_page : private chunk::net::accept_observer {
 public:
  /// Chosen: enough for a few scrapers and a person with a browser.
  static constexpr std::size_t most_connections = 8;

  /// Connections above that, which are told so. Chosen.
  static constexpr std::size_t most_excess = 8;

  /// One for each connection, and one to listen.
  static constexpr std::size_t most_descriptors = most_connections + most_excess + 1;

  metrics_page(asio::io_context& context, std::unique_ptr<chunk::net::listener> from,
               std::function<std::string()> render);

  const chunk::net::endpoint& local() const { return local_; }

  /// Stops listening.
  void close() { accepting_.stop(); }

 private:
  void take(chunk::net::accepted_connection from);
  asio::awaitable<void> serve(chunk::net::accepted_connection from);
  asio::awaitable<void> answer(chunk::net::transport& link);
  asio::awaitable<void> finish(chunk::net::transport& link, std::string reply);

  asio::io_context& context_;
  chunk::net::endpoint local_;
  std::function<std::string()> render_;
  chunk::net::acceptor accepting_;
};

}  // namespace tools::serve
