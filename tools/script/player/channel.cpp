#include "script/player/channel.hpp"

#include "io/tasks.hpp"

#include <chunk/net/deadline.hpp>

#include <asio/error.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <utility>

namespace tools::script {
namespace {

/// Chosen: larger writes are hardly faster.
constexpr std::size_t largest_block = 64 * 1024;

/// Chosen, for a peer that is to see two writes as two reads: how often to look whether it has
/// taken the first one, and how long at most.
constexpr auto take_pause = std::chrono::microseconds(50);
constexpr auto take_patience = std::chrono::milliseconds(10);

bool is_cancelled(const std::exception_ptr& problem) {
  try {
    std::rethrow_exception(problem);
  } catch (const std::system_error& reason) {
    return reason.code() == std::errc::operation_canceled ||
           reason.code() == asio::error::operation_aborted;
  }
}

/// Says whether a connection broke, so that what the peer has sent before is still to be read.
/// After any other failure to write, such as a shortage of the system, nothing but the failure
/// would tell what has happened.
bool is_broken(const chunk::failure& reason) {
  constexpr std::array codes{std::errc::broken_pipe,         std::errc::connection_reset,
                             std::errc::connection_aborted,  std::errc::not_connected,
                             std::errc::timed_out,           std::errc::host_unreachable,
                             std::errc::network_unreachable, std::errc::network_down};
  const auto is_code = [&](std::errc each) { return reason.code() == each; };
  return is_lost(reason) && std::ranges::any_of(codes, is_code);
}

}  // namespace

bool is_lost(const chunk::failure& reason) {
  const bool is_local = dynamic_cast<const chunk::local_failure*>(&reason) != nullptr;
  return !is_local && reason.code().category() == std::system_category();
}

channel::channel(std::unique_ptr<chunk::net::transport> link, std::string name,
                 const chunk::session::reader_options& limits)
    : link_(std::move(link)), name_(std::move(name)), receiver_(*link_, limits) {}

std::string channel::peer() const {
  return name_.empty() ? link_->name() : name_ + ", " + link_->name();
}

bool channel::add(const chunk::image& from) {
  if (broken_) ++dropped_;
  if (out_.size() - done_ + from.size() > largest_block) return false;
  expected_ += from.size();
  const auto held = out_.size();
  out_.resize(held + static_cast<std::size_t>(from.size()));
  from.read(0, std::span(out_).subspan(held));
  return true;
}

void channel::note_broken(const std::error_code& why) {
  broken_ = why;
  out_.clear();
  done_ = 0;
}

bool channel::flush_at_once(writing& how) {
  if (broken_) note_broken(*broken_);
  const auto rest = std::span(out_).subspan(done_);
  if (rest.empty()) return true;
  const bool splits = how.split_at > how.written && how.split_at < how.written + rest.size();
  if (how.piece > 0 || splits) return false;
  try {
    const auto put = link_->try_write(rest).value_or(0);
    done_ += put;
    how.written += put;
  } catch (const chunk::failure& reason) {
    if (!is_broken(reason)) throw;
    note_broken(reason.code());
  }
  if (done_ < out_.size()) return false;
  out_.clear();
  done_ = 0;
  return true;
}

asio::awaitable<void> channel::flush(writing& how, write_limit limit, const chunk::image* more) {
  if (more) expected_ += more->size();
  if (broken_) note_broken(*broken_);
  if (broken_ || (!more && flush_at_once(how))) co_return;
  link_->set_write_timeout(limit.time);
  // With pauses, the limit applies to each piece.
  const bool whole = limit.time > chunk::net::duration{} && !limit.renewed && how.piece == 0;
  std::optional<std::error_code> lost;
  try {
    auto work = write_out(how, more);
    if (reads_ahead_) work = alongside_reading(std::move(work));
    if (whole) {
      auto late = link_->name() + ": not all was taken within " + chunk::net::to_text(limit.time);
      work = chunk::net::within(limit.time, std::move(work), std::move(late));
    }
    co_await std::move(work);
  } catch (const chunk::failure& reason) {
    if (!is_broken(reason)) throw;
    lost = reason.code();
  }
  if (lost) note_broken(*lost);
}

asio::awaitable<void> channel::write_out(writing& how, const chunk::image* more) {
  co_await write_held(how);
  for (std::uint64_t done = 0; more && done < more->size();) {
    out_.resize(largest_block);
    out_.resize(more->read(done, out_));
    done += out_.size();
    co_await write_held(how);
  }
}

asio::awaitable<void> channel::write_held(writing& how) {
  while (has_unwritten()) {
    auto size = static_cast<std::uint64_t>(out_.size() - done_);
    if (how.piece > 0) size = std::min(size, how.piece);
    const bool splits = how.split_at > how.written && how.split_at < how.written + size;
    if (splits) size = how.split_at - how.written;
    co_await write_piece(how, static_cast<std::size_t>(size));
    if (splits) co_await let_peer_take();
    if (how.piece == 0 || !has_unwritten()) continue;
    co_await io::pause(how.pause);
  }
  out_.clear();
  done_ = 0;
}

asio::awaitable<void> channel::write_piece(writing& how, std::size_t size) {
  // Counted as it is taken, so that what was written is known when this is cancelled.
  const auto before = link_->bytes_written();
  const auto held = done_;
  const auto count = [&] {
    const auto put = link_->bytes_written() - before;
    how.written += put - (done_ - held);
    done_ = held + static_cast<std::size_t>(put);
  };
  while (done_ < held + size) {
    const auto rest = std::span(out_).subspan(done_, held + size - done_);
    co_await link_->write_some(rest);  // waits, within the limit
    count();
  }
}

/// Waits until the peer has read what was written, as far as the system can tell.
asio::awaitable<void> channel::let_peer_take() {
  const auto until = std::chrono::steady_clock::now() + take_patience;
  for (bool first = true;; first = false) {
    const auto left = link_->unacked();
    const bool over = !left || *left == 0 || std::chrono::steady_clock::now() > until;
    if (over && !first) break;
    co_await io::pause(take_pause);
  }
}

/// Receives what the peer sends meanwhile, so that the two sides do not deadlock.
asio::awaitable<void> channel::alongside_reading(asio::awaitable<void> work) {
  auto reading_ahead = receiver_.read_ahead(longest_whole);
  const auto [first, sending, reading] =
      co_await io::first_of(std::move(work), std::move(reading_ahead));
  if (first != 0) std::rethrow_exception(reading);
  // Both may have come to an end at once, and the system tells of a failure only one time.
  if (reading && !is_cancelled(reading)) unreadable_ = reading;
  if (sending) std::rethrow_exception(sending);
}

std::optional<bool> channel::try_fill() {
  if (unreadable_) std::rethrow_exception(std::exchange(unreadable_, nullptr));
  const auto got = receiver_.try_fill();
  if (got && !*got) ended = true;
  return got;
}

std::optional<chunk::fragment> channel::next_chunk() {
  auto out = receiver_.next();
  while (out && out->kind != chunk::fragment_kind::chunk) out = receiver_.next();
  return out;
}

channel::printed::printed(const chunk::placed_chunk& reply)
    : id(reply.id),
      offset(reply.offset),
      front(reply.front.begin(), reply.front.end()),
      payload(reply.payload.begin(), reply.payload.end()),
      tail(reply.tail.begin(), reply.tail.end()),
      header_size(reply.header_size) {}

chunk::placed_chunk channel::printed::chunk() const {
  return {{id, payload, front}, offset, header_size, tail};
}

std::string channel::progress() const {
  return fmt::format("{} of {} bytes sent", link_->bytes_written(), expected_);
}

}  // namespace tools::script
