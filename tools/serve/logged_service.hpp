// The work of a handler, with a log and counts of what happens to its connections.
#pragma once

#include "serve/handler.hpp"
#include "serve/log.hpp"
#include "serve/metrics.hpp"

#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace tools::serve {

class logged_service final : public chunk::session::service {
 public:
  /// All outlive the service. `timed`: it is measured how long each request takes, which itself
  /// takes some of the time of a short one.
  logged_service(handler& by, log& to, metrics& counts, bool timed);

  std::optional<asio::awaitable<void>> answer(const chunk::session::connection_info& from,
                                              const chunk::chunk_view& request,
                                              chunk::session::reply_buffer& out) override;
  std::optional<asio::awaitable<void>> answer_ahead(const chunk::session::connection_info& from,
                                                    const chunk::chunk_view& request,
                                                    chunk::session::reply_buffer& out) override;
  std::optional<asio::awaitable<void>> take_over(chunk::session::connection_info& about,
                                                 chunk::net::transport& link) override;
  void opened(const chunk::session::connection_info& about) override;
  void closed(const chunk::session::connection_info& about, chunk::session::close_reason why,
              const std::string& detail) override;
  void accept_failed(const chunk::error& reason) override;

 private:
  asio::awaitable<void> time(asio::awaitable<void> work,
                             std::chrono::steady_clock::time_point since);

  handler& by_;
  log& log_;
  metrics& counts_;
  bool timed_;
};

}  // namespace tools::serve
