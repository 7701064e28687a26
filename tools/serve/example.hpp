// The example protocol: what the server answers to each of its requests.
#pragma once

#include "serve/handler.hpp"

#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <functional>
#include <optional>

namespace tools::serve {

/// Answers requests of the example protocol. Source: chunk(5), THE EXAMPLE PROTOCOL
class example final : public handler {
 public:
  struct settings {
    chunk::net::duration longest_delay{};  ///< of DLAY
    bool allow_shutdown = false;           ///< SHUT from peers other than those of a Unix socket
    std::function<void()> shut_down;       ///< what SHUT does once it is answered
  };

  explicit example(settings how) : how_(std::move(how)) {}

  std::optional<asio::awaitable<void>> answer(const chunk::session::connection_info& from,
                                              const chunk::chunk_view& request,
                                              chunk::session::reply_buffer& out) override;

 private:
  void shut(const chunk::session::connection_info& from, chunk::session::reply_buffer& out) const;
  asio::awaitable<void> delay(const chunk::chunk_view& request,
                              chunk::session::reply_buffer& out) const;

  settings how_;
};

}  // namespace tools::serve
