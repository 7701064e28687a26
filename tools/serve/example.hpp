// Answers the requests of the example protocol.
#pragma once

#include "serve/built_in.hpp"
#include "serve/handler.hpp"

#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <optional>
#include <utility>

namespace tools::serve {

/// Answers requests of the example protocol. Source: chunk(5), THE EXAMPLE PROTOCOL
class example final : public handler {
 public:
  explicit example(built_in_settings how) : how_(std::move(how)) {}

  std::optional<asio::awaitable<void>> answer(const chunk::session::connection_info& from,
                                              const chunk::chunk_view& request,
                                              chunk::session::reply_buffer& out) override;

 private:
  void shut(const chunk::session::connection_info& from, chunk::session::reply_buffer& out) const;
  asio::awaitable<void> delay(const chunk::chunk_view& request,
                              chunk::session::reply_buffer& out) const;

  built_in_settings how_;
};

}  // namespace tools::serve
