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

namespace serve {

class logged_service final : public chunk::service {
 public:
  /// All outlive the service. `timed`: it is measured how long each request takes, which itself
  /// takes some of the time of a short one.
  logged_service(handler& by, log& to, metrics& counts, bool timed);

  std::optional<asio::awaitable<void>> answer(const chunk::connection& from,
                                              const chunk::view& request,
                                              chunk::replies& out) override;
  std::optional<asio::awaitable<void>> answer_ahead(const chunk::connection& from,
                                                    const chunk::view& request,
                                                    chunk::replies& out) override;
  std::optional<asio::awaitable<void>> take_over(chunk::connection& about,
                                                 chunk::transport& link) override;
  void opened(const chunk::connection& about) override;
  void closed(const chunk::connection& about, chunk::ending why,
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

}  // namespace serve
