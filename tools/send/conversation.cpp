#include "send/conversation.hpp"

#include "cli/status.hpp"
#include "script/actions/action.hpp"

#include <chunk/net/deadline.hpp>

#include <asio/co_spawn.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <utility>

namespace tools::send {
namespace {

/// How many steps the first one is together with its block, if it begins one.
std::size_t first_piece(std::span<const script::step> steps) {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const auto shape = steps[at].what->shape;
    if (shape == script::structure::begins_block) ++depth;
    if (shape == script::structure::begins_rows) ++depth;
    if (shape == script::structure::ends_block) --depth;
    if (depth == 0) return at + 1;
  }
  return steps.size();
}

/// Says whether replies are not copied while a step is performed: it takes them itself, or ends the
/// connection that they come from.
bool takes_turn(const script::step& each) {
  return each.what->waits || each.what->ends_connection;
}

/// How many steps there are up to and with the last one that waits for the peer or closes the
/// connection, or up to the end of its block.
std::size_t up_to_last_waiting(std::span<const script::step> steps) {
  std::size_t out = 0;
  for (std::size_t at = 0; at < steps.size();) {
    const auto size = first_piece(steps.subspan(at));
    for (const auto& each : steps.subspan(at, size)) {
      if (takes_turn(each)) out = at + size;
    }
    at += size;
  }
  return out;
}

chunk::session::reader_options limits(const settings& how, bool waits) {
  chunk::session::reader_options out;
  out.max_payload = how.max_chunk;
  if (waits) out.hold = script::longest_whole;
  out.block = 256 * 1024;
  return out;
}

script::conditions conditions_of(const settings& how) {
  auto out = script::first_conditions(how.seed);
  if (how.timeout) out.timeout = *how.timeout;
  out.patient = !how.timeout;
  out.speed = how.speed;
  return out;
}

format::format_options format_of(const settings& how, const std::string& peer) {
  format::format_options out;
  out.format = how.format;
  out.rules = &how.rules;
  out.subject = peer;
  return out;
}

/// The exit status for a failure; that of success without one.
int status_of(const std::exception_ptr& problem) {
  if (!problem) return cli::success;
  try {
    std::rethrow_exception(problem);
  } catch (const chunk::failure& reason) {
    return cli::status_of(reason);
  }
}

/// Cancels the other half of a conversation when one fails or has taken enough replies.
struct until_enough {
  asio::cancellation_type_t operator()(const std::exception_ptr& problem, bool enough) const {
    const bool over = problem || enough;
    return over ? asio::cancellation_type::all : asio::cancellation_type::none;
  }
};

}  // namespace

void output_printer::line(const std::string& text) {
  out_.text() += text + '\n';
  out_.flush();
}

void output_printer::raw(std::span<const std::byte> bytes) {
  out_.add(bytes);
  out_.flush();
}

conversation::conversation(asio::io_context& context, std::unique_ptr<chunk::net::transport> link,
                           const script::program& all, std::span<const script::step> steps,
                           settings how)
    : name_(link->name()),
      steps_(steps),
      how_(std::move(how)),
      reading_(up_to_last_waiting(steps)),
      printer_(out_),
      player_({.context = context,
               .all = all,
               .start = conditions_of(how_),
               .out = &printer_,
               .open = how_.open,
               .trace = how_.trace,
               .limits = limits(how_, reading_ > 0),
               .tls = &how_.tls,
               .progress = how_.progress}),
      formatter_(make_formatter(format_of(how_, name_), out_)) {
  player_.adopt(std::move(link));
}

asio::awaitable<void> conversation::hold(chunk::net::transport* from) {
  // While steps wait, one thing happens at a time; afterwards both halves go their own way.
  while (reading_ > 0 && !enough()) {
    const auto size = first_piece(steps_);
    co_await player_.perform(steps_.first(size));
    steps_ = steps_.subspan(size);
    reading_ -= size;
  }
  const bool closed = player_.main() == nullptr;
  if (enough() || (closed && steps_.empty())) {
    formatter_->finish();
    out_.flush();
    co_return;
  }
  if (closed) co_await player_.connect_early();
  player_.main()->set_reads_ahead(false);
  const auto executor = co_await asio::this_coro::executor;
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, send_rest(from), asio::experimental::deferred),
      asio::co_spawn(executor, copy_replies(), asio::experimental::deferred));
  until_enough over;
  const auto [order, sending, sent, receiving, ended] =
      co_await both.async_wait(over, asio::use_awaitable);
  const int unsent = status_of(unsent_);
  if (ended) {
    // Enough replies do not make up for input that is broken or cannot be read.
    if (unsent == cli::format || unsent == cli::local) give_up(unsent_);
    co_return;
  }
  // A peer that takes nothing does not answer either.
  if (unsent == cli::deadline) give_up(unsent_);
  if (receiving) give_up(receiving);
  if (unsent_) give_up(unsent_);
  if (sending) std::rethrow_exception(sending);
}

asio::awaitable<bool> conversation::send_rest(chunk::net::transport* from) {
  try {
    co_await player_.perform(steps_);
    co_await player_.flush();
    if (const auto& lost = player_.main()->broken()) {
      throw chunk::failure(chunk::error{*lost, name_});
    }
    if (from) {
      if (how_.timeout) link().set_write_timeout(*how_.timeout);
      passing_.emplace(link(), how_.rules, how_.progress);
      co_await passing_->pass_on(*from, how_.written, how_.max_chunk);
    }
  } catch (const chunk::failure&) {
    // Replies that are still on their way are copied nevertheless.
    unsent_ = std::current_exception();
  }
  link().shutdown_write();
  sending_ = false;
  unacked_ = link().unacked();
  sent_at_ = std::chrono::steady_clock::now();
  co_return false;
}

bool conversation::ended_cleanly() const {
  const auto* const last = player_.main();
  return !last || last->link().ended_cleanly();
}

/// Puts a fragment of a reply out.
void conversation::take(const chunk::fragment& reply) {
  known_.raw = in().raw();
  formatter_->add(reply, known_);
  inside_ = !reply.ends;
  if (reply.kind != chunk::fragment_kind::chunk) return;
  if (reply.ends) ++copied_;
  if (how_.trace && reply.begins) how_.trace->received({}, reply.placed());
}

/// Says whether the peer has taken something of what was sent since the last call.
bool conversation::takes_on() {
  const auto before = std::exchange(unacked_, link().unacked());
  return before && unacked_ && *unacked_ < *before;
}

/// Waits for more of the replies. There is no limit while this side has still to send, and the
/// limit begins again while the peer is taking what was sent: it may have nothing to answer yet.
asio::awaitable<bool> conversation::more_replies() {
  if (!how_.timeout) co_return co_await in().fill();
  for (auto limit = *how_.timeout;;) {
    try {
      auto late = name_ + ": nothing received for " + chunk::net::to_text(*how_.timeout);
      auto filling = in().fill();
      co_return co_await chunk::net::within(limit, std::move(filling), std::move(late));
    } catch (const chunk::failure& reason) {
      limit = *how_.timeout;
      const auto silent = std::chrono::steady_clock::now() - sent_at_;
      // The system's own time-out is a lost connection, and does not compare equal.
      if (reason.code() != std::make_error_code(std::errc::timed_out)) throw;
      if (sending_) continue;
      if (takes_on()) {
        sent_at_ = std::chrono::steady_clock::now();
      } else if (silent < limit) {
        limit -= silent;
      } else if (unacked_.value_or(0) > 0) {
        throw chunk::failure(chunk::error{
            reason.code(), name_ + ": nothing taken for " + chunk::net::to_text(limit)});
      } else {
        throw;
      }
    }
  }
}

asio::awaitable<bool> conversation::copy_replies() {
  for (bool more = true; more;) {
    while (!enough()) {
      const auto reply = in().next();
      if (!reply) break;
      take(*reply);
    }
    out_.flush();
    more = false;
    if (!enough()) more = co_await more_replies();
  }
  const bool over = enough();
  const auto end = over ? chunk::result<void>() : in().finish();
  if (!end && inside_) formatter_->fault({chunk::errc::truncated, {}}, {}, in().offset());
  formatter_->finish();
  out_.flush();
  value_or_throw(end);
  co_return over;
}

/// Throws what ended the conversation. If the connection was lost, it tells how much was sent.
void conversation::give_up(std::exception_ptr problem) {
  try {
    std::rethrow_exception(std::move(problem));
  } catch (const chunk::failure& reason) {
    const bool complete = passing_ ? passing_->complete() : player_.main()->complete();
    if (!script::is_lost(reason) || complete) throw;
    const auto progress = passing_ ? passing_->progress() : player_.main()->progress();
    throw chunk::failure(chunk::error{reason.code(), name_ + ": " + progress});
  }
}

}  // namespace tools::send
