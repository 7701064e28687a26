// A page of text over HTTP: the least that a scraper needs, and bounded.
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

/// Answers GET /metrics on one address, and any other request by an error, one a connection.
/// Everything given outlives it, and it outlives the context's work.
class metrics_page : private chunk::net::accept_observer {
 public:
  /// Chosen: a scraper or two, and whoever looks by hand.
  static constexpr std::size_t most_connections = 8;

  /// With the one it listens on.
  static constexpr std::size_t most_descriptors = most_connections + 1;

  metrics_page(asio::io_context& context, std::unique_ptr<chunk::net::listener> from,
               std::function<std::string()> render);

  const chunk::net::endpoint& local() const { return local_; }

  /// Stops listening.
  void close() { accepting_.stop(); }

 private:
  void take(chunk::net::accepted_connection from);
  asio::awaitable<void> serve(chunk::net::accepted_connection from);
  asio::awaitable<void> answer(chunk::net::transport& link);

  asio::io_context& context_;
  chunk::net::endpoint local_;
  std::function<std::string()> render_;
  chunk::net::acceptor accepting_;
};

}  // namespace tools::serve
