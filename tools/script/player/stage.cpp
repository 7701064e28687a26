#include "script/player/stage.hpp"

#include "cli/status.hpp"
#include "script/actions/action.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace tools::script {

void tally::keep(unexamined of_one) {
  if (of_one.is_anything()) left.push_back(std::move(of_one));
}

stage::stage(player_setup how, performer amid)
    : around_(std::move(how)),
      links_(around_.all.connections.size()),
      amid_(std::move(amid)),
      deadline_(around_.context, [this] {
        if (waiting_) waiting_->link().cancel();
      }) {
  around_.limits.framing = around_.all.incoming();
}

void stage::adopt(std::size_t which, std::unique_ptr<chunk::net::transport> link) {
  const auto& name = around_.all.connections[which];
  links_.adopt(which, std::make_unique<channel>(std::move(link), name, around_.limits));
}

void stage::close(std::size_t which) {
  auto& on = *links_.find(which);
  unexamined left;
  left.peer = on.peer();
  left.take(on, *around_.all.rules, around_.trace);
  received_.keep(std::move(left));
  links_.close(which);
}

chunk::net::duration stage::limit() const {
  return std::max(bound_ ? bound_->most : around_.start.timeout, chunk::net::duration{1});
}

script::write_limit stage::write_limit() const {
  if (around_.start.patient) return {};
  return {limit(), !around_.all.is_test};
}

asio::awaitable<void> stage::flush() {
  for (const auto& each : links_.all()) {
    if (each && each->has_unwritten()) co_await each->flush(state().how, write_limit());
  }
}

asio::awaitable<void> stage::write_all() {
  const bool sliced = state().how.piece > 0;
  for (const auto& each : links_.all()) {
    if (!each || !each->has_unwritten()) continue;
    co_await each->flush(state().how, {limit()});
    if (sliced) log_.restart_time();
  }
}

asio::awaitable<arrival> stage::more(channel& on) {
  const auto as_arrival = [](bool got) { return got ? arrival::bytes : arrival::end; };
  for (;;) {
    if (const auto got = on.try_fill()) co_return as_arrival(*got);
    waiting_ = &on;
    co_await on.link().wait_readable();
    waiting_ = nullptr;
    if (!deadline_.expired()) continue;
    // It may have come at the last moment.
    if (const auto got = on.try_fill()) co_return as_arrival(*got);
    co_return arrival::late;
  }
}

asio::awaitable<void> stage::readable(channel& on) {
  waiting_ = &on;
  co_await on.link().wait_readable();
  waiting_ = nullptr;
}

void stage::begin_again() {
  bound_.reset();
  deadline_.clear();
  waiting_ = nullptr;
  is_idle_ = false;
}

asio::awaitable<void> stage::idle(channel& on) {
  if (drains_) co_return;
  is_idle_ = true;
  co_await readable(on);
  is_idle_ = false;
}

void stage::drain() {
  drains_ = true;
  if (is_idle_) waiting_->link().cancel();
}

void stage::check_children() {
  for (auto* const each : {around_.children, around_.setup_children}) {
    command_end end;
    const auto failed = each ? each->trouble(end) : std::nullopt;
    if (!failed) continue;
    auto what = about(log_.current(), cli::negative,
                      fmt::format("'{}' ended with {}", chunk::quoted(*failed), end.in_words()));
    what.output = end.output;
    throw step_failure(std::move(what));
  }
}

fault stage::about(const step& now, int status, std::string reason) const {
  fault out;
  out.status = status;
  out.reason = std::move(reason);
  out.where = now.where;
  out.step = chunk::quoted(now.text);
  out.round = where_.round();
  if (const auto* const on = links_.find(now.connection)) out.peer = on->peer();
  out.waited = log_.took();
  if (now.what->waits) {
    // A step that waits for a certain time has that, and no limit.
    const auto* const own = std::get_if<chunk::net::duration>(&now.argument);
    out.allowed = own ? *own : limit();
  }
  out.before = log_.before(now);
  return out;
}

void stage::fail(const step& now, int status, std::string reason) const {
  throw step_failure(about(now, status, std::move(reason)));
}

}  // namespace tools::script
