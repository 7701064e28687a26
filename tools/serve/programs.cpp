#include "serve/programs.hpp"

#include <chunk/error.hpp>
#include <chunk/id.hpp>
#include <chunk/validation.hpp>

#include <string>
#include <utility>

namespace serve {
namespace {

using namespace chunk::literals;

[[noreturn]] void violation(const std::string& reason) {
  throw chunk::failure(chunk::error{chunk::errc::violation, reason});
}

}  // namespace

programs::programs(const chunk::protocol& rules, std::unique_ptr<exec_handler> commands,
                   std::unique_ptr<worker_pool> workers)
    : rules_(rules), commands_(std::move(commands)), workers_(std::move(workers)) {}

std::optional<asio::awaitable<void>> programs::answer(const chunk::connection& from,
                                                      const chunk::view& request,
                                                      chunk::replies& out) {
  const auto wrong = validate(rules_, request);
  if (!wrong.empty()) violation(wrong.front().text);
  const auto* const rule = rules_.find(request.id);
  if (rule && !rule->request) violation(to_text(request.id) + " is no request");
  if (commands_ && commands_->knows(request.id)) {
    const bool told = rule && !rule->replies.empty();
    return commands_->answer(from, request, told ? rule->replies.front() : request.id, out);
  }
  // A sign of life, unless it is the workers' own business.
  if (request.id == "NOOP"_id && !(workers_ && rule)) {
    out.append(request.id);
    return std::nullopt;
  }
  if (!workers_) violation("no handler for " + to_text(request.id));
  return workers_->answer(from, request, out);
}

/// Says whether a request is in order and goes to the workers.
bool programs::is_for_workers(const chunk::view& request) const {
  if (!workers_ || (commands_ && commands_->knows(request.id))) return false;
  const auto* const rule = rules_.find(request.id);
  if (rule ? !rule->request : request.id == "NOOP"_id) return false;
  return validate(rules_, request).empty();
}

std::optional<asio::awaitable<void>> programs::answer_ahead(const chunk::connection& from,
                                                            const chunk::view& request,
                                                            chunk::replies& out) {
  if (!is_for_workers(request)) return std::nullopt;
  return workers_->answer_ahead(from, request, out);
}

void programs::start() {
  if (workers_) workers_->start();
}

asio::awaitable<void> programs::stop() {
  if (workers_) co_await workers_->stop();
}

}  // namespace serve
