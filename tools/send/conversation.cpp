#include "send/conversation.hpp"

#include "cli.hpp"

#include <chunk/notation.hpp>

#include <asio/co_spawn.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sending {
namespace {

/// Where a step needs a whole reply. Source: chunk-send(1), LIMITS
constexpr std::uint32_t longest_whole = 16 * 1024 * 1024;

/// Where --timeout says nothing else. Source: chunk-send(1), LIMITS
constexpr chunk::duration step_timeout = std::chrono::seconds(5);

/// How many steps there are up to the last one that waits for the peer.
std::size_t up_to_last_reading(std::span<const script::action> steps) {
  const auto last = std::find_if(steps.rbegin(), steps.rend(),
                                 [](const script::action& step) { return step.reads(); });
  return static_cast<std::size_t>(steps.rend() - last);
}

chunk::receive_options limits(const settings& how, bool reads) {
  chunk::receive_options out;
  out.max_payload = how.max_chunk;
  if (reads) out.hold = longest_whole;
  out.block = 256 * 1024;
  return out;
}

/// Ends the other half of a conversation once one has failed or says that it is enough.
struct until_enough {
  asio::cancellation_type_t operator()(const std::exception_ptr& problem, bool enough) const {
    const bool over = problem || enough;
    return over ? asio::cancellation_type::all : asio::cancellation_type::none;
  }
};

/// A connection that broke, as opposed to a deadline, a bad format or a local file.
bool is_lost(const chunk::failure& reason) {
  const bool is_local = dynamic_cast<const chunk::local_failure*>(&reason) != nullptr;
  return !is_local && reason.code().category() == std::system_category();
}

/// Characters of a chunk in a message; chosen: with the rest of the line some two rows.
constexpr std::size_t longest_shown = 64;

std::string shortened(std::string text) {
  if (text.size() <= longest_shown) return text;
  text.resize(longest_shown);
  return text + "...";
}

/// Shows a chunk, of a long one the beginning.
std::string shortened(const chunk::view& from) {
  const auto shown = from.payload.first(std::min(from.payload.size(), longest_shown));
  auto text = to_text(chunk::view{from.id, shown});
  const bool whole = shown.size() == from.payload.size() && text.size() <= longest_shown;
  if (whole) return text;
  text.resize(std::min(text.size(), longest_shown));
  return fmt::format("{}... ({} bytes)", text, from.payload.size());
}

}  // namespace

conversation::conversation(chunk::transport& link, std::span<const script::action> steps,
                           settings how)
    : link_(link),
      steps_(steps),
      how_(std::move(how)),
      reading_(up_to_last_reading(steps)),
      writer_(link),
      receiver_(link, limits(how_, reading_ > 0)),
      lines_(how_.rules, out_.text()) {
  writer_.expect(steps);
  if (how_.timeout) link_.set_write_timeout(*how_.timeout);
}

asio::awaitable<void> conversation::hold(chunk::transport* from) {
  // While steps read, one thing happens at a time; afterwards both halves go their own way.
  for (; reading_ > 0 && !enough(); --reading_) {
    co_await perform(steps_.front());
    steps_ = steps_.subspan(1);
  }
  if (enough()) co_return;
  const auto executor = co_await asio::this_coro::executor;
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, send_rest(from), asio::experimental::deferred),
      asio::co_spawn(executor, copy_replies(), asio::experimental::deferred));
  until_enough over;
  const auto [order, sending, sent, receiving, ended] =
      co_await both.async_wait(over, asio::use_awaitable);
  if (ended) co_return;
  if (receiving) give_up(receiving);
  if (unsent_) give_up(unsent_);
  if (sending) std::rethrow_exception(sending);
}

asio::awaitable<void> conversation::perform(const script::action& step) {
  if (!step.reads()) {
    auto sending = writer_.perform(step);
    co_await alongside_reading(std::move(sending));
    co_return;
  }
  const bool raw = step.type == script::action::kind::raw_receive;
  const auto limit = how_.timeout.value_or(step_timeout);
  auto late = fmt::format("{}: {}: {} within {}", link_.name(), step.text,
                          raw ? "not all bytes came" : "no reply", chunk::to_text(limit));
  auto work = read_for(step);
  co_await chunk::within(limit, std::move(work), std::move(late));
}

asio::awaitable<void> conversation::read_for(const script::action& step) {
  auto sending = writer_.perform(step);
  co_await alongside_reading(std::move(sending));
  auto flushing = writer_.flush();
  co_await alongside_reading(std::move(flushing));
  if (step.type == script::action::kind::raw_receive) {
    co_await read_raw(step);
    co_return;
  }
  const auto reply = co_await next_reply(step);
  judge(step, {reply.head.id, reply.payload});
  ++replies_;
}

asio::awaitable<void> conversation::read_raw(const script::action& step) {
  const auto bytes = co_await receiver_.take(step.count);
  out_.add(bytes);
  out_.flush();
  if (bytes.size() == step.count) co_return;
  auto reason =
      fmt::format("{}: {}: the stream ended after {} bytes", link_.name(), step.text, bytes.size());
  throw chunk::failure(chunk::error{chunk::errc::truncated, std::move(reason)});
}

/// Prints the reply to a request, or compares it with what is expected.
void conversation::judge(const script::action& step, const chunk::view& reply) {
  using kind = script::action::kind;
  if (step.type == kind::expect) {
    if (step.matches(reply)) return;
    throw cli::unmet_expectation(chunk::error{
        chunk::errc::violation,
        fmt::format("{}: {}: got {}", link_.name(), shortened(step.text), shortened(reply))});
  }
  const auto inner = chunk::split(reply.payload);
  const bool decoded = step.type == kind::request_decoded && inner && !inner->empty();
  out_.text() += decoded ? to_text(reply.id, *inner) : to_text(reply);
  out_.text() += '\n';
  out_.flush();
}

asio::awaitable<chunk::part> conversation::next_reply(const script::action& step) {
  for (;;) {
    if (const auto reply = receiver_.next()) {
      if (reply->begins && reply->ends) co_return *reply;
      auto problem = chunk::too_large(reply->head, reply->offset, longest_whole);
      throw chunk::failure(chunk::about(link_.name(), std::move(problem)));
    }
    const bool more = co_await receiver_.fill();
    if (more) continue;
    value_or_throw(receiver_.finish());
    throw chunk::failure(
        chunk::error{std::make_error_code(std::errc::connection_aborted),
                     fmt::format("{}: {}: closed before the reply", link_.name(), step.text)});
  }
}

/// Sends while taking in what the peer answers, so that neither side waits for the other.
asio::awaitable<void> conversation::alongside_reading(asio::awaitable<void> work) {
  const auto executor = co_await asio::this_coro::executor;
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(work), asio::experimental::deferred),
      asio::co_spawn(executor, receiver_.read_ahead(longest_whole), asio::experimental::deferred));
  asio::experimental::wait_for_one first;
  const auto [order, sending, reading] = co_await both.async_wait(first, asio::use_awaitable);
  const auto& problem = order[0] == 0 ? sending : reading;
  if (problem) give_up(problem);
}

asio::awaitable<bool> conversation::send_rest(chunk::transport* from) {
  try {
    for (const auto& step : steps_) co_await writer_.perform(step);
    co_await writer_.flush();
    if (from) co_await writer_.pass_on(*from, how_.written, how_.max_chunk);
  } catch (const chunk::failure&) {
    // The replies that are on their way are worth having all the same.
    unsent_ = std::current_exception();
  }
  link_.shutdown_write();
  sending_ = false;
  sent_at_ = std::chrono::steady_clock::now();
  co_return false;
}

/// Puts one part of a reply out.
void conversation::take(const chunk::part& reply) {
  if (cli::output::is_terminal()) {
    lines_.add(reply);
  } else {
    out_.add(receiver_.raw());
  }
  if (reply.ends) ++replies_;
}

/// Waits for more of the replies. While this side has still to send, it may be as long as it takes:
/// the peer may have nothing to answer yet.
asio::awaitable<bool> conversation::more_replies() {
  if (!how_.timeout) co_return co_await receiver_.fill();
  for (auto limit = *how_.timeout;;) {
    try {
      auto late = link_.name() + ": nothing received for " + chunk::to_text(*how_.timeout);
      auto filling = receiver_.fill();
      co_return co_await chunk::within(limit, std::move(filling), std::move(late));
    } catch (const chunk::failure& reason) {
      limit = *how_.timeout;
      const auto silent = std::chrono::steady_clock::now() - sent_at_;
      // The system's own time-out is a lost connection, and does not compare equal.
      if (reason.code() != std::make_error_code(std::errc::timed_out)) throw;
      if (!sending_ && silent >= limit) throw;
      if (!sending_) limit -= silent;
    }
  }
}

asio::awaitable<bool> conversation::copy_replies() {
  for (bool more = true; more;) {
    while (!enough()) {
      const auto reply = receiver_.next();
      if (!reply) break;
      take(*reply);
    }
    out_.flush();
    more = false;
    if (!enough()) more = co_await more_replies();
  }
  if (enough()) co_return true;
  lines_.finish({});
  out_.flush();
  value_or_throw(receiver_.finish());
  co_return false;
}

/// Throws what ended the conversation; of a lost connection it tells how far the sending came.
void conversation::give_up(std::exception_ptr problem) {
  try {
    std::rethrow_exception(std::move(problem));
  } catch (const chunk::failure& reason) {
    if (!is_lost(reason) || writer_.complete()) throw;
    throw chunk::failure(chunk::error{reason.code(), link_.name() + ": " + writer_.progress()});
  }
}

}  // namespace sending
