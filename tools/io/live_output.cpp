#include "io/live_output.hpp"

#include "io/tasks.hpp"

#include <chrono>
#include <exception>
#include <string_view>
#include <utility>

namespace tools::io {
namespace {

using std::chrono::steady_clock;

/// Chosen: some ten thousand lines, and more than any pipe holds.
constexpr std::size_t capacity = 1024 * 1024;

/// Chosen: the capacity of a pipe, which cannot take more in one write.
constexpr std::size_t worth_a_write = 64 * 1024;

}  // namespace

live_output::live_output(asio::io_context& context, notice tell)
    : context_(context), tell_(std::move(tell)), written_(context) {}

void live_output::write_pending() {
  for (bool taken = true; taken && pending() > 0;) {
    const auto count = written_.write_some(std::string_view(queue_).substr(begin_));
    begin_ += count;
    taken = count > 0;
  }
  if (pending() == 0 || begin_ >= capacity) {
    queue_.erase(0, begin_);
    begin_ = 0;
  }
  const auto written = queued_ - pending();
  while (!ends_.empty() && ends_.front() <= written) ends_.pop_front();
}

/// Queues a line in place of dropped records.
void live_output::tell_of_gap() {
  const auto line = tell_(std::exchange(missing_, 0));
  queue_ += line;
  queued_ += line.size();
}

void live_output::commit() {
  if (text_.empty()) return;
  if (pending() + text_.size() > worth_a_write) flush();
  // A single record may exceed the capacity, since the length of its chunk is limited. After one
  // was dropped, all are dropped until flush() has queued the notice. Otherwise short records
  // that still fit would alternate with notices about long ones that do not.
  if (missing_ > 0 || (pending() > 0 && pending() + text_.size() > capacity)) {
    ++missing_;
    ++dropped_;
  } else {
    queue_ += text_;
    queued_ += text_.size();
    ends_.push_back(queued_);
  }
  text_.clear();
}

void live_output::flush() {
  write_pending();
  if (missing_ > 0 && pending() < capacity / 2) {
    tell_of_gap();
    write_pending();
  }
  if (pending() == 0 || waiting_) return;
  waiting_ = true;
  start(context_, write_on());
}

asio::awaitable<void> live_output::write_on() {
  for (bool more = true; more;) {
    co_await written_.wait();
    flush();
    more = pending() > 0;
  }
  waiting_ = false;
}

void live_output::finish(chunk::net::duration limit) {
  const auto until = steady_clock::now() + limit;
  if (missing_ > 0) tell_of_gap();
  for (bool in_time = true; in_time;) {
    write_pending();
    const auto left = until - steady_clock::now();
    in_time = pending() > 0 && left > chunk::net::duration{};
    if (in_time) written_.wait_for(left);
  }
  dropped_ += ends_.size();
  ends_.clear();
}

}  // namespace tools::io
