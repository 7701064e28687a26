#include "serve/worker.hpp"

#include "serve/stderr_log.hpp"

#include <asio/co_spawn.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace tools::serve {
namespace {

/// Limit of the requests that a worker holds, in bytes; a longer request is accepted if it is the
/// only one. Chosen: four times the capacity of a pipe, so that a worker never waits for the next
/// request, and few bytes wait behind a slow one.
constexpr std::size_t most_ahead = 256 * 1024;

constexpr const char* ended_before = "the worker ended before its reply";
constexpr const char* killed_before = "the worker was killed at a request before this one";

}  // namespace

worker::worker(asio::io_context& context, log& to, const std::string& command, std::uint64_t number,
               limits how, std::function<void()> has_room)
    : log_(to),
      how_(how),
      number_(number),
      on_room_(std::move(has_room)),
      process_(context, command, io::child::errors::piped),
      more_(context, asio::steady_timer::time_point::max()),
      deadline_(context, [this] { kill(); }) {}

bool worker::has_room(std::size_t size) const {
  if (closed_ || killed_) return false;
  if (held_.empty()) return true;
  return held_.size() < how_.depth && held_bytes_ + size <= most_ahead;
}

bool worker::has_long_replies() const {
  return last_size_ > io::pipe_capacity;
}

/// Says whether a part of a request was already written to the process.
bool worker::has_begun(std::size_t which) const {
  return which < held_.size() && held_[which].begin < written_;
}

void worker::take(pending_request& one) {
  const auto before = unwritten_.size();
  chunk::append(unwritten_, one.request, how_.framing);
  const auto size = unwritten_.size() - before;
  held_.push_back({&one, taken_, size});
  held_bytes_ += size;
  taken_ += size;
  one.by = this;
  more_.cancel();
}

void worker::give_up(const pending_request& one) {
  const auto at = std::ranges::find(held_, &one, &entry::whose);
  if (at == held_.end()) return;
  at->whose = nullptr;
  if (at != held_.begin()) return;
  if (one.awaited) return kill();
  watch_first();
}

std::vector<pending_request*> worker::take_back() {
  std::vector<pending_request*> out;
  for (const auto& each : std::exchange(held_, {})) {
    if (!each.whose) continue;
    // A request that follows another one of its connection must not overtake it in another worker.
    if (each.whose->follows) {
      each.whose->settle(ended_before);
    } else {
      each.whose->by = nullptr;
      out.push_back(each.whose);
    }
  }
  return out;
}

void worker::kill() noexcept {
  killed_ = true;
  process_.kill();
  more_.cancel();
}

void worker::report_stray() {
  record stray(level::warning, "worker-stray");
  log_.write(stray.note("worker", number_));
  kill();
}

/// Settles, as failed, the requests of which a part was written to the process. It is unknown how
/// far they were processed, so that they must not be sent to another worker.
void worker::fail(const std::string& why) {
  auto reason = why;
  while (has_begun(0)) {
    const auto first = held_.front();
    held_.pop_front();
    if (first.whose) first.whose->settle(reason);
    if (killed_) reason = killed_before;
  }
}

/// Writes as much as is possible without waiting.
///
/// Returns: whether to continue when the process has read some of it
bool worker::write_some() {
  if (!has_begun(0) && process_.has_output()) {
    // This output would be taken for the reply to the next request.
    report_stray();
    return false;
  }
  const auto put = process_.feed_at_once(std::span(unwritten_).subspan(unwritten_begin_));
  if (!put) {
    closed_ = true;
    if (!has_begun(0)) kill();
    return false;
  }
  unwritten_begin_ += *put;
  written_ += *put;
  if (unwritten_begin_ == unwritten_.size()) {
    unwritten_.clear();
    unwritten_begin_ = 0;
    if (unwritten_.capacity() > 2 * most_ahead) unwritten_ = {};
  } else if (unwritten_begin_ > most_ahead) {
    const auto begin = unwritten_.begin();
    unwritten_.erase(begin, begin + static_cast<std::ptrdiff_t>(unwritten_begin_));
    unwritten_begin_ = 0;
  }
  return true;
}

/// Writes requests as they are added.
asio::awaitable<void> worker::write_requests() {
  while (!killed_ && !closed_) {
    if (unwritten_.empty()) {
      std::error_code ignored;
      co_await more_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    } else if (write_some() && !unwritten_.empty()) {
      co_await process_.wait_writable();
    }
  }
}

/// Limits the time of the first request if nobody waits for its reply any more, so that it does not
/// delay the requests after it indefinitely.
void worker::watch_first() {
  if (!held_.empty() && !held_.front().whose) {
    deadline_.set(how_.patience);
  } else {
    deadline_.clear();
  }
}

void worker::answer_first(const chunk::chunk_view& reply) {
  const auto first = held_.front();
  if (first.whose) first.whose->out.append(reply);
  held_.pop_front();
  held_bytes_ -= first.size;
  last_size_ = reply.payload.size();
  ++answered_;
  if (first.whose) first.whose->settle();
  watch_first();
}

/// Delivers the replies that have arrived whole.
void worker::deliver() {
  auto rest = std::span<const std::byte>(read_).first(read_size_);
  while (!rest.empty()) {
    if (!has_begun(0)) return report_stray();
    const auto front = how_.framing.read_header(rest);
    if (front.is == chunk::header_reading::state::partial) break;
    if (front.is == chunk::header_reading::state::malformed) {
      throw std::runtime_error("the worker's reply has no header");
    }
    if (front.open) throw std::runtime_error("the worker's reply has no length");
    if (front.head.length > how_.max_reply) {
      throw std::runtime_error(fmt::format("the worker's reply declares {} bytes, more than {}",
                                           front.head.length, how_.max_reply));
    }
    const auto size = static_cast<std::size_t>(how_.framing.chunk_size(front));
    if (rest.size() < size) break;
    if (rest.size() > size && !has_begun(1)) {
      throw std::runtime_error("the worker wrote more than one reply");
    }
    answer_first({front.head.id, rest.subspan(front.size, front.head.length), front.head.front});
    rest = rest.subspan(size);
  }
  if (rest.size() < read_size_) std::copy(rest.begin(), rest.end(), read_.begin());
  read_size_ = rest.size();
  if (read_size_ == 0 && read_.size() > 2 * io::pipe_capacity) read_ = {};
  if (closed_ && !has_begun(0)) return kill();
  on_room_();
}

asio::awaitable<void> worker::read_replies() {
  std::string problem = ended_before;
  try {
    for (;;) {
      if (read_.size() < read_size_ + io::pipe_capacity) {
        read_.resize(std::max(read_size_ + io::pipe_capacity, 2 * read_size_));
      }
      const auto count = co_await process_.read(std::span(read_).subspan(read_size_));
      if (count == 0) break;
      read_size_ += count;
      deliver();
    }
  } catch (const std::exception& reason) {
    problem = reason.what();
    killed_ = true;
  }
  fail(problem);
  kill();
}

asio::awaitable<io::child_end> worker::run() {
  record start(level::warning, "stderr");
  stderr_log errors(log_, start.note("worker", number_));
  const auto executor = co_await asio::this_coro::executor;
  auto writing = write_requests();
  auto reading = read_replies();
  auto following = errors.follow(process_);
  auto together = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(writing), asio::experimental::deferred),
      asio::co_spawn(executor, std::move(reading), asio::experimental::deferred),
      asio::co_spawn(executor, std::move(following), asio::experimental::deferred));
  asio::experimental::wait_for_all all;
  const auto [order, not_written, not_read, not_followed] =
      co_await together.async_wait(all, asio::use_awaitable);
  for (const auto& each : {not_written, not_read, not_followed}) {
    if (each) std::rethrow_exception(each);
  }
  co_await process_.ended();
  co_return process_.finish();
}

}  // namespace tools::serve
