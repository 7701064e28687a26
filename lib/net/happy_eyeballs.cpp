#include "happy_eyeballs.hpp"

#include <chunk/error.hpp>

#include <asio/error.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <deque>
#include <list>
#include <optional>
#include <utility>

namespace chunk::net {
namespace {

using clock = std::chrono::steady_clock;
using descriptor = asio::posix::stream_descriptor;
using namespace std::chrono_literals;

/// The Connection Attempt Delay that RFC 8305, section 8, recommends.
constexpr duration attempt_delay = 250ms;

/// Chosen: short for a user, and a hundred tries a second for the system.
constexpr duration full_queue_pause = 10ms;

/// The code a finished connect() left behind.
std::error_code connect_outcome(int socket) {
  int code = 0;
  socklen_t size = sizeof code;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size);
  return {code, std::system_category()};
}

/// Says whether a failure is likely to come from the peer and not from the network on the way:
/// without IPv6, half the addresses of most hosts cannot be reached.
bool is_telling(const std::error_code& why) {
  return why == std::errc::connection_refused || why == std::errc::connection_reset ||
         why == std::errc::timed_out;
}

/// The attempts at one connection. Handlers may outlive it, so they hold weak pointers.
class race : public std::enable_shared_from_this<race> {
 public:
  race(asio::io_context& context, std::vector<socket_address> addresses, endpoint where)
      : context_(context),
        where_(std::move(where)),
        name_(to_text(where_)),
        count_(addresses.size()),
        waiting_(addresses.begin(), addresses.end()),
        wake_(context) {}

  asio::awaitable<std::unique_ptr<transport>> run(clock::time_point until, duration timeout);

 private:
  struct attempt {
    socket_address address;
    descriptor socket;
  };
  using attempts = std::list<attempt>;

  void start_next(clock::time_point until);
  void await(unique_descriptor socket, const socket_address& address);
  void finish(attempts::iterator one, const std::error_code& refused);
  void note(const socket_address& address, const std::error_code& why);
  std::string about_failure() const;
  [[noreturn]] void give_up() const;
  [[noreturn]] void give_up_late(duration timeout) const;

  asio::io_context& context_;
  const endpoint where_;
  const std::string name_;
  const std::size_t count_;
  std::deque<socket_address> waiting_;  // not tried yet
  attempts pending_;
  clock::time_point due_ = clock::now();  // of the next one
  asio::steady_timer wake_;               // expires when there is something to do
  std::optional<unique_descriptor> won_;
  sa_family_t family_ = AF_UNSPEC;  // of the socket that won
  std::error_code why_;             // the most telling failure so far
  std::string whose_;               // the address of that failure
};

void race::note(const socket_address& address, const std::error_code& why) {
  if (why_ && is_telling(why_) && !is_telling(why)) return;
  why_ = why;
  whose_ = to_endpoint(address, where_).name;
}

/// Starts the attempt at the next address and sets when the one after it is due.
void race::start_next(clock::time_point until) {
  const auto address = waiting_.front();
  waiting_.pop_front();
  const auto now = clock::now();
  const auto share = (until - now) / static_cast<duration::rep>(waiting_.size() + 1);
  due_ = now + std::min(attempt_delay, share);
  unique_descriptor socket(-1);
  try {
    socket = make_socket(address, name_);
  } catch (const failure& reason) {
    note(address, reason.code());
    due_ = now;
    return;
  }
  if (::connect(socket.get(), address.data(), address.size) == 0) {
    family_ = address.storage.ss_family;
    won_.emplace(std::move(socket));
    return;
  }
  const std::error_code problem(errno, std::system_category());
  if (problem == std::errc::operation_in_progress) return await(std::move(socket), address);
  // A Unix listener whose queue is full refuses at once instead of letting the client wait.
  const bool full = problem == std::errc::resource_unavailable_try_again;
  if (full) waiting_.push_front(address);
  if (!full) note(address, problem);
  due_ = full ? now + full_queue_pause : now;
}

void race::await(unique_descriptor socket, const socket_address& address) {
  std::error_code refused;
  descriptor waiting(context_);
  waiting.assign(socket.get(), refused);
  if (refused) {
    note(address, refused);
    due_ = clock::now();
    return;
  }
  socket.release();
  pending_.push_back({address, std::move(waiting)});
  const auto one = std::prev(pending_.end());
  one->socket.async_wait(descriptor::wait_write,
                         [weak = weak_from_this(), one](const std::error_code& problem) {
                           if (problem == asio::error::operation_aborted) return;
                           if (const auto self = weak.lock()) self->finish(one, problem);
                         });
}

/// Takes the outcome of an attempt. `refused` says why the system has not waited for it.
void race::finish(attempts::iterator one, const std::error_code& refused) {
  const auto problem = refused ? refused : connect_outcome(one->socket.native_handle());
  if (problem) {
    note(one->address, problem);
    due_ = clock::now();
  } else if (!won_) {
    family_ = one->address.storage.ss_family;
    won_.emplace(one->socket.release());
  }
  pending_.erase(one);
  wake_.cancel();
}

std::string race::about_failure() const {
  if (count_ == 1) return name_;
  return name_ + ": " + std::to_string(count_) + " addresses tried; " + whose_;
}

void race::give_up() const {
  throw failure(error{why_, about_failure()});
}

void race::give_up_late(duration timeout) const {
  auto text = name_ + ": no connection within " + to_text(timeout);
  if (count_ > 1) text += ", " + std::to_string(count_) + " addresses tried";
  if (why_) text += "; " + to_text(error{why_, whose_});
  throw failure(error{std::make_error_code(std::errc::timed_out), std::move(text)});
}

asio::awaitable<std::unique_ptr<transport>> race::run(clock::time_point until, duration timeout) {
  for (;;) {
    while (!won_ && !waiting_.empty() && clock::now() >= due_) start_next(until);
    if (won_) break;
    if (waiting_.empty() && pending_.empty()) give_up();
    if (clock::now() >= until) give_up_late(timeout);
    wake_.expires_at(waiting_.empty() ? until : std::min(due_, until));
    std::error_code woken;  // by the clock, or because an attempt has ended
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  pending_.clear();
  set_no_delay(won_->get(), family_);
  peer remote{where_, std::nullopt};
  co_return adopt_socket(context_, won_->release(), name_, std::move(remote));
}

}  // namespace

std::vector<socket_address> interleave(const std::vector<socket_address>& addresses) {
  if (addresses.empty()) return {};
  const auto family = addresses.front().storage.ss_family;
  std::vector<socket_address> first;
  std::vector<socket_address> second;
  for (const auto& each : addresses) {
    (each.storage.ss_family == family ? first : second).push_back(each);
  }
  std::vector<socket_address> out;
  for (std::size_t at = 0; at < std::max(first.size(), second.size()); ++at) {
    if (at < first.size()) out.push_back(first[at]);
    if (at < second.size()) out.push_back(second[at]);
  }
  return out;
}

asio::awaitable<std::unique_ptr<transport>> connect_first(asio::io_context& context,
                                                          std::vector<socket_address> addresses,
                                                          endpoint where, duration left,
                                                          duration timeout) {
  const auto contest = std::make_shared<race>(context, std::move(addresses), std::move(where));
  auto running = contest->run(clock::now() + left, timeout);
  co_return co_await std::move(running);
}

}  // namespace chunk::net
