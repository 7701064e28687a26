// Answers requests by programs: checks them against the protocol, and passes them to a command or
// to workers.
#pragma once

#include "serve/exec_handler.hpp"
#include "serve/handler.hpp"
#include "serve/worker_pool.hpp"

#include <chunk/protocol.hpp>

#include <functional>
#include <optional>
#include <string>

namespace tools::serve {

/// Passes a request to the command for its ID, if there is one, and otherwise to the workers, if
/// there are any. Requests that violate the protocol are not passed on.
class programs final : public handler {
 public:
  /// `rules` has to outlive it. `commands` and `workers` may be null.
  programs(const chunk::protocol& rules, std::unique_ptr<exec_handler> commands,
           std::unique_ptr<worker_pool> workers);

  /// Throws: failure with errc::violation; the returned coroutine also std::runtime_error
  std::optional<asio::awaitable<void>> answer(const chunk::session::connection_info& from,
                                              const chunk::chunk_view& request,
                                              chunk::session::reply_buffer& out) override;
  std::optional<asio::awaitable<void>> answer_ahead(const chunk::session::connection_info& from,
                                                    const chunk::chunk_view& request,
                                                    chunk::session::reply_buffer& out) override;
  void start(std::function<void(const std::string&)> give_up) override;
  asio::awaitable<void> stop() override;

 private:
  std::optional<std::string> objection(const chunk::chunk_view& request) const;
  bool is_for_workers(const chunk::id& id) const;
  bool is_sign_of_life(const chunk::id& id) const;

  const chunk::protocol& rules_;
  bool tells_requests_;  // whether the protocol says which chunks are requests
  std::unique_ptr<exec_handler> commands_;
  std::unique_ptr<worker_pool> workers_;
};

}  // namespace tools::serve
