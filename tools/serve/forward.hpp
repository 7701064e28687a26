// Connections passed on to another server.
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

namespace serve {

/// Passes each connection on to a connection of its own, byte for byte and without holding chunks.
/// A client is kept to the limits all the same: nothing is passed on from a request that is too
/// long on, and then the upstream server has the time to answer those before it.
class forward final : public handler {
 public:
  /// `counts` outlives it. `secured`: what the upstream server's address needs.
  forward(asio::io_context& context, chunk::endpoint upstream,
          std::shared_ptr<chunk::tls_context> secured, const chunk::server_options& limits,
          metrics& counts);
  ~forward() override;

  std::optional<asio::awaitable<void>> answer(const chunk::connection&, const chunk::view&,
                                              chunk::replies&) override;
  std::optional<asio::awaitable<void>> take_over(chunk::connection& about,
                                                 chunk::transport& link) override;

  /// Passes on no more requests than have begun.
  void drain() override;

 private:
  class passage;

  asio::awaitable<void> pass(chunk::connection& about, chunk::transport& client);

  asio::io_context& context_;
  chunk::endpoint upstream_;
  std::shared_ptr<chunk::tls_context> secured_;
  chunk::server_options limits_;
  metrics& counts_;
  chunk::buffer_pool pool_;
  std::set<passage*> open_;
  bool draining_ = false;
};

}  // namespace serve
