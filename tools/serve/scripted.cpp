#include "serve/scripted.hpp"

#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <unistd.h>

#include <chrono>
#include <exception>
#include <optional>
#include <random>
#include <string>
#include <utility>

namespace tools::serve {
namespace {

using clock = std::chrono::steady_clock;

}  // namespace

/// What a step prints is nobody's here: the log tells of the connections.
class scripted_server::discard final : public script::printer {
 public:
  void line(const std::string&) override {}
  void raw(std::span<const std::byte>) override {}
};

scripted_server::scripted_server(asio::io_context& context, const script::program& all, log& to,
                                 script_options how)
    : context_(context),
      all_(all),
      log_(to),
      how_(std::move(how)),
      seed_(std::random_device{}()),
      discard_(std::make_unique<discard>()),
      change_(context, clock::time_point::max()) {}

scripted_server::~scripted_server() = default;

void scripted_server::changed() {
  change_.cancel();
}

void scripted_server::listen(std::unique_ptr<chunk::net::listener> from) {
  auto& added = listeners_.emplace_back(std::move(from));
  ++accepting_;
  auto take = [this, tls = added->tls()](std::unique_ptr<chunk::net::transport> link) {
    serve(std::move(link), tls);
  };
  auto failed = [this](const chunk::error& reason) { log_.write(accept_failure(reason)); };
  asio::co_spawn(context_, accept_each(added, std::move(take), std::move(failed)),
                 [this](const std::exception_ptr& problem) {
                   --accepting_;
                   changed();
                   if (problem) std::rethrow_exception(problem);
                 });
}

void scripted_server::note_refusal(std::uint64_t number, const chunk::net::peer& who,
                                   std::string_view reason, const std::string& detail) {
  record entry(reason == "over-capacity" ? level::warning : level::info, "close");
  entry.note("conn", number).add("reason", reason);
  if (!detail.empty()) entry.add("detail", detail);
  log_.write(entry.add(who));
}

void scripted_server::serve(std::unique_ptr<chunk::net::transport> link,
                            std::shared_ptr<chunk::net::tls_context> tls) {
  const auto number = ++last_number_;
  if (active_ >= how_.max_connections) {
    return note_refusal(number, link->remote(), "over-capacity", {});
  }
  const bool later = tls && depends_on_certificates(how_.access);
  if (!later && !admits(how_.access, link->remote(), ::geteuid())) {
    return note_refusal(number, link->remote(), "denied", {});
  }
  ++active_;
  record entry(level::debug, "accept");
  log_.write(entry.note("conn", number).add(link->remote()));
  auto work = tls ? secure_and_perform(std::move(link), std::move(tls), number)
                  : perform(std::move(link), number);
  asio::co_spawn(context_, std::move(work), [this](const std::exception_ptr& problem) {
    --active_;
    changed();
    if (problem) std::rethrow_exception(problem);
  });
}

asio::awaitable<void> scripted_server::secure_and_perform(
    std::unique_ptr<chunk::net::transport> link, std::shared_ptr<chunk::net::tls_context> tls,
    std::uint64_t number) {
  const auto who = link->remote();
  std::unique_ptr<chunk::net::transport> secured;
  std::string problem;
  try {
    auto agreeing = tls->handshake(std::move(link), how_.handshake, "no TLS handshake in time");
    secured = co_await std::move(agreeing);
  } catch (const chunk::failure& reason) {
    problem = reason.what();
  }
  if (!problem.empty()) {
    note_refusal(number, who, "handshake-failed", problem);
  } else if (!admits(how_.access, secured->remote(), ::geteuid())) {
    note_refusal(number, secured->remote(), "denied", {});
  } else {
    co_await perform(std::move(secured), number);
  }
}

asio::awaitable<void> scripted_server::perform(std::unique_ptr<chunk::net::transport> link,
                                               std::uint64_t number) {
  chunk::session::reader_options limits;
  limits.hold = script::longest_whole;
  limits.max_payload = how_.max_payload;
  script::surroundings around{context_, all_, *discard_, {}, nullptr, nullptr, limits};
  script::conditions start{script::variables(seed_ + number), how_.timeout};
  start.values.set("client", std::to_string(number));
  const auto by = std::make_unique<script::player>(around, std::move(start));
  by->adopt(std::move(link));
  std::optional<script::fault> problem;
  try {
    co_await by->perform(all_.units.front().cases.front().steps);
    co_await by->finish();
  } catch (const script::step_failure& reason) {
    problem = reason.why();
  }
  note_end(number, problem ? &*problem : nullptr, *by);
}

void scripted_server::note_end(std::uint64_t number, const script::fault* problem,
                               const script::player& by) {
  if (!problem) {
    record entry(level::info, "script-passed");
    entry.add("conn", number).note("requests", by.replies()).note("out", by.sent());
    for (const auto& left : by.left()) {
      const auto text = left.in_words(how_.timeout, "request");
      if (!text.empty()) entry.add("remark", text);
    }
    log_.write(entry.stands_out());
    return;
  }
  ++failed_;
  record entry(level::warning, "script-failed");
  entry.add("conn", number).add("at", to_text(problem->where)).add("step", problem->step);
  entry.add("reason", problem->reason);
  if (!problem->received.empty()) entry.add("received", problem->received);
  log_.write(entry.stands_out());
}

void scripted_server::drain() {
  if (std::exchange(draining_, true)) return;
  for (const auto& each : listeners_) each->close();
  changed();
}

asio::awaitable<std::size_t> scripted_server::run() {
  std::optional<clock::time_point> until;
  while (accepting_ > 0 || active_ > 0) {
    if (draining_ && !until) until = clock::now() + how_.drain;
    if (until && clock::now() >= *until) break;
    change_.expires_at(until.value_or(clock::time_point::max()));
    std::error_code ignored;
    co_await change_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return failed_ + active_;
}

}  // namespace tools::serve
