// Requests answered by programs: checked by the protocol, and given to a command or to workers.
#pragma once

#include "serve/exec_handler.hpp"
#include "serve/handler.hpp"
#include "serve/worker_pool.hpp"

#include <chunk/protocol.hpp>

#include <optional>
#include <string>

namespace tools::serve {

/// A request goes to the command for its ID, if there is one, and otherwise to the workers, if
/// there are any. No program sees one that the protocol does not allow.
class programs final : public handler {
 public:
  /// `rules` outlives it. Either of the others may be missing.
  programs(const chunk::protocol& rules, std::unique_ptr<exec_handler> commands,
           std::unique_ptr<worker_pool> workers);

  /// Throws: failure with errc::violation; the work also std::runtime_error
  std::optional<asio::awaitable<void>> answer(const chunk::session::connection_info& from,
                                              const chunk::chunk_view& request,
                                              chunk::session::reply_buffer& out) override;
  std::optional<asio::awaitable<void>> answer_ahead(const chunk::session::connection_info& from,
                                                    const chunk::chunk_view& request,
                                                    chunk::session::reply_buffer& out) override;
  void start() override;
  asio::awaitable<void> stop() override;

 private:
  std::optional<std::string> objection(const chunk::chunk_view& request) const;
  bool is_for_workers(const chunk::id& id) const;

  const chunk::protocol& rules_;
  std::unique_ptr<exec_handler> commands_;
  std::unique_ptr<worker_pool> workers_;
};

}  // namespace tools::serve
