#include "serve/programs.hpp"

#include "cli/protocols.hpp"

#include <chunk/error.hpp>
#include <chunk/id.hpp>
#include <chunk/validation.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace tools::serve {

programs::programs(const chunk::protocol& rules, std::unique_ptr<exec_handler> commands,
                   std::unique_ptr<worker_pool> workers)
    : rules_(rules),
      tells_requests_(!rules.framing.definition ||
                      std::ranges::any_of(rules.rules, &chunk::rule::request)),
      commands_(std::move(commands)),
      workers_(std::move(workers)) {}

std::optional<asio::awaitable<void>> programs::answer(const chunk::session::connection_info& from,
                                                      const chunk::chunk_view& request,
                                                      chunk::session::reply_buffer& out) {
  if (const auto wrong = objection(request)) violation(*wrong);
  if (commands_ && commands_->knows(request.id)) {
    const auto* const rule = rules_.find(request.id);
    const bool told = rule && !rule->replies.empty();
    return commands_->answer(from, request, told ? rule->replies.front() : request.id, out);
  }
  if (is_for_workers(request.id)) return workers_->answer(from, request, out);
  if (!is_sign_of_life(request.id)) violation("no handler for " + to_text(request.id));
  out.append(request.id);
  return std::nullopt;
}

/// Returns: how a request violates the protocol; nullopt if it does not
std::optional<std::string> programs::objection(const chunk::chunk_view& request) const {
  // Without its header: what stood behind the payload is not there to be checked.
  const chunk::chunk_view contents{request.id, request.payload};
  const auto wrong = validate(rules_, contents);
  if (!wrong.empty()) return wrong.front().text;
  const auto* const rule = rules_.find(request.id);
  if (rule && !rule->request && tells_requests_) return to_text(request.id) + " is no request";
  return std::nullopt;
}

/// Says whether requests with an ID are answered by workers. NOOP is a health check, which the
/// server answers itself unless the protocol defines it.
bool programs::is_for_workers(const chunk::id& id) const {
  if (!workers_ || (commands_ && commands_->knows(id))) return false;
  return !is_sign_of_life(id) || rules_.find(id);
}

/// Says whether an ID is that of a health check, which only the chunk framing has.
bool programs::is_sign_of_life(const chunk::id& id) const {
  return !rules_.framing.definition && id == cli::sign_of_life;
}

std::optional<asio::awaitable<void>> programs::answer_ahead(
    const chunk::session::connection_info& from, const chunk::chunk_view& request,
    chunk::session::reply_buffer& out) {
  if (!is_for_workers(request.id) || objection(request)) return std::nullopt;
  return workers_->answer_ahead(from, request, out);
}

void programs::start(std::function<void(const std::string&)> give_up) {
  if (workers_) workers_->start(std::move(give_up));
}

asio::awaitable<void> programs::stop() {
  if (workers_) co_await workers_->stop();
}

}  // namespace tools::serve
