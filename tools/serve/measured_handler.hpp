// Measures a handler: the number of its requests, and the time it takes to answer them.
#pragma once

#include "serve/metrics.hpp"

#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>

#include <chrono>
#include <optional>

namespace tools::serve {

/// Passes requests on to another handler, and counts them.
class measured_handler final : public chunk::session::handler {
 public:
  /// Both have to outlive it. `timed`: also measures times, which slows down short requests.
  measured_handler(chunk::session::handler& by, metrics& counts, bool timed)
      : by_(by), counts_(counts), timed_(timed) {}

  std::optional<asio::awaitable<void>> answer(const chunk::session::connection_info& from,
                                              const chunk::chunk_view& request,
                                              chunk::session::reply_buffer& out) override;
  std::optional<asio::awaitable<void>> answer_ahead(const chunk::session::connection_info& from,
                                                    const chunk::chunk_view& request,
                                                    chunk::session::reply_buffer& out) override;
  std::optional<asio::awaitable<void>> take_over(chunk::session::connection_info& about,
                                                 chunk::net::transport& link) override;

 private:
  asio::awaitable<void> time(asio::awaitable<void> work,
                             std::chrono::steady_clock::time_point since);

  chunk::session::handler& by_;
  metrics& counts_;
  bool timed_;
};

}  // namespace tools::serve
