// Forwards connections to another server.
#pragma once

#include "serve/handler.hpp"
#include "serve/metrics.hpp"

#include <chunk/net/endpoint.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/session/chunk_reader.hpp>
#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <memory>
#include <optional>
#include <set>

namespace tools::serve {

/// Forwards each connection over a separate connection, byte for byte and without buffering chunks.
/// The limits apply to clients as usual: at a request that is too long, forwarding stops, and the
/// upstream server has the time to answer the requests before it.
class forward final : public handler {
 public:
  /// `counts` has to outlive it. `secured` is required if the upstream address uses TLS.
  forward(asio::io_context& context, chunk::net::endpoint upstream,
          std::shared_ptr<chunk::net::tls_context> secured,
          const chunk::session::server_options& limits, metrics& counts);
  ~forward() override;

  std::optional<asio::awaitable<void>> answer(const chunk::session::connection_info&,
                                              const chunk::chunk_view&,
                                              chunk::session::reply_buffer&) override;
  std::optional<asio::awaitable<void>> take_over(chunk::session::connection_info& about,
                                                 chunk::net::transport& link) override;

  /// Forwards only requests that have already begun.
  void drain() override;

 private:
  class passage;

  asio::awaitable<void> pass(chunk::session::connection_info& about, chunk::net::transport& client);

  asio::io_context& context_;
  chunk::net::endpoint upstream_;
  std::shared_ptr<chunk::net::tls_context> secured_;
  chunk::session::server_options limits_;
  metrics& counts_;
  chunk::session::buffer_pool pool_;
  std::set<passage*> open_;
  bool draining_ = false;
};

}  // namespace tools::serve
