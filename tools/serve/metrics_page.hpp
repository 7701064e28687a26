// A page of text over HTTP: the least that a scraper needs, and bounded.
#pragma once

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
class metrics_page {
 public:
  /// Chosen: a scraper or two, and whoever looks by hand.
  static constexpr std::size_t most_connections = 8;

  /// With the one it listens on.
  static constexpr std::size_t most_descriptors = most_connections + 1;

  metrics_page(asio::io_context& context, std::unique_ptr<chunk::net::listener> from,
               std::function<std::string()> render);

  const chunk::net::endpoint& local() const { return listener_->local(); }

  /// Stops listening.
  void close() { listener_->close(); }

 private:
  void take(std::unique_ptr<chunk::net::transport> link);
  asio::awaitable<void> serve(std::unique_ptr<chunk::net::transport> link);
  asio::awaitable<void> answer(chunk::net::transport& link);

  asio::io_context& context_;
  std::shared_ptr<chunk::net::listener> listener_;
  std::function<std::string()> render_;
  std::size_t active_ = 0;
};

}  // namespace tools::serve
