#include "chunk/net/transport.hpp"

#include "splice.hpp"

#include <chunk/net/unique_descriptor.hpp>

#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <exception>
#include <new>
#include <system_error>
#include <utility>
#include <vector>

namespace chunk::net {
namespace {

// With the executor type of coroutines; any other costs a dispatch for each wait.
using descriptor = asio::posix::stream_descriptor;

/// Waits. A wait that the system refuses is a failure: to repeat it at once would load the
/// processor for as long as the system refuses.
///
/// Returns: false if the wait was cancelled
/// Throws:  failure about `name`, with the system's code
asio::awaitable<bool> wait(descriptor& what, descriptor::wait_type direction,
                           const std::string& name) {
  std::error_code problem;
  co_await what.async_wait(direction, asio::redirect_error(asio::use_awaitable, problem));
  if (problem && problem != asio::error::operation_aborted) throw failure(error{problem, name});
  co_return !problem;
}

void tell(const std::weak_ptr<wait_observer>& whom, const std::error_code& problem) {
  if (const auto there = whom.lock()) there->on_wait_end(problem);
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/// A socket of our own, non-blocking.
class socket_transport final : public transport {
 public:
  socket_transport(asio::io_context& context, int socket, std::string name, peer remote)
      : transport(std::move(name), std::move(remote)), number_(socket), socket_(context, socket) {}

  asio::awaitable<bool> wait_readable() override {
    return wait(socket_, descriptor::wait_read, name());
  }
  asio::awaitable<bool> wait_writable() override {
    return wait(socket_, descriptor::wait_write, name());
  }

  void when_readable(asio::io_context&, std::weak_ptr<wait_observer> whom) override {
    socket_.async_wait(descriptor::wait_read, [whom = std::move(whom)](std::error_code problem) {
      if (problem == asio::error::operation_aborted) problem.clear();
      tell(whom, problem);
    });
  }

  void shutdown_write() noexcept override { ::shutdown(socket_.native_handle(), SHUT_WR); }
  void shutdown_read() noexcept override { ::shutdown(socket_.native_handle(), SHUT_RD); }

  std::optional<std::size_t> unacked() const noexcept override {
    int count = 0;
    if (::ioctl(number_, SIOCOUTQ, &count) != 0) return std::nullopt;
    return static_cast<std::size_t>(count);
  }

  std::optional<std::size_t> unread() const noexcept override {
    int count = 0;
    if (::ioctl(number_, SIOCINQ, &count) != 0) return std::nullopt;
    return static_cast<std::size_t>(count);
  }

  void keep_alive() noexcept override {
    const int on = 1;
    ::setsockopt(number_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  }

  void reset() noexcept override {
    const linger at_once{1, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    std::error_code ignored;
    socket_.close(ignored);
    number_ = -1;  // another connection may get it
  }

  void cancel() noexcept override {
    std::error_code ignored;
    socket_.cancel(ignored);
  }

 private:
  std::optional<std::size_t> read_now(std::span<std::byte> room) override {
    const auto got = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (would_block()) return std::nullopt;
    throw failure(last_system_error(name()));
  }

  std::optional<std::size_t> write_now(std::span<const std::byte> bytes) override {
    constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const auto put = ::send(socket_.native_handle(), bytes.data(), bytes.size(), flags);
    if (put >= 0) return static_cast<std::size_t>(put);
    if (would_block()) return std::nullopt;
    throw failure(last_system_error(name()));
  }

  // Without waiting, as MSG_DONTWAIT has it for the others.
  int source() noexcept override {
    std::error_code problem;
    if (!socket_.native_non_blocking()) socket_.native_non_blocking(true, problem);
    return problem ? -1 : number_;
  }
  int sink() noexcept override { return source(); }

  int number_;
  descriptor socket_;
};

/// Throws errno's present value about `subject`, which is a socket, or local to this machine.
[[noreturn]] void fail_on(const std::string& subject, bool socket) {
  auto reason = last_system_error(subject);
  if (socket) throw failure(std::move(reason));
  throw local_failure(std::move(reason));
}

/// Waits for one direction of a descriptor that other processes may share. Asio would make it
/// non-blocking for all of them, so that it is given an epoll set around it instead.
class watch {
 public:
  struct target {
    int number = -1;
    bool socket = false;
  };

  /// Throws: failure about `name`, local unless it is a socket
  watch(asio::io_context& context, target what, std::uint32_t events, const std::string& name) {
    unique_descriptor set(::epoll_create1(EPOLL_CLOEXEC));
    if (set.get() < 0) fail_on(name, what.socket);
    epoll_event event{};
    event.events = events;
    if (::epoll_ctl(set.get(), EPOLL_CTL_ADD, what.number, &event) == 0) {
      std::error_code problem;
      set_.emplace(context).assign(set.get(), problem);
      errno = problem.value();
      if (problem) fail_on(name, what.socket);
      set.release();
    } else if (errno != EPERM) {  // epoll refuses regular files so, which are always ready
      fail_on(name, what.socket);
    }
  }

  bool always_ready() const { return !set_; }

  asio::awaitable<bool> wait(const std::string& name) {
    if (always_ready()) co_return true;
    co_return co_await chunk::net::wait(*set_, descriptor::wait_read, name);
  }

  void cancel() noexcept {
    std::error_code ignored;
    if (set_) set_->cancel(ignored);
  }

 private:
  std::optional<descriptor> set_;
};

bool ready(int target, short direction) {
  pollfd state{target, direction, 0};
  return ::poll(&state, 1, 0) > 0;
}

/// Says whether a descriptor is open for reading and for writing, or only for the other of the two.
bool opened_for(int target, int only_other) {
  const int flags = ::fcntl(target, F_GETFL);
  return flags < 0 || (flags & O_ACCMODE) != only_other;
}

bool is_socket(int target) {
  struct stat about {};
  return ::fstat(target, &about) == 0 && S_ISSOCK(about.st_mode);
}

/// Moves on in a regular file, never behind its end, so that a later read still finds where that
/// is. Gives the number of bytes, 0 where nothing can be moved.
std::uint64_t seek_on(int target, std::uint64_t count) {
  struct stat about {};
  if (::fstat(target, &about) != 0 || !S_ISREG(about.st_mode)) return 0;
  const auto here = ::lseek(target, 0, SEEK_CUR);
  if (here < 0 || here >= about.st_size) return 0;
  const auto there = static_cast<std::uint64_t>(about.st_size - here);
  const auto moved = std::min(count, there);
  return ::lseek(target, static_cast<off_t>(moved), SEEK_CUR) < 0 ? 0 : moved;
}

/// Source: pipe(7), Pipe capacity. A pipe that longer pieces are written to is enlarged.
constexpr std::size_t usual_pipe_size = 64 * 1024;

/// Opens a pipe or a terminal again for writing without blocking. O_NONBLOCK on the open file
/// description that exists would affect the other processes that share it.
///
/// Returns: a negative number if that is impossible
int open_unblocked(int target) {
  const int mode = ::fcntl(target, F_GETFL);
  if (mode < 0 || (mode & O_ACCMODE) == O_RDONLY) return -1;
  const auto path = "/proc/self/fd/" + std::to_string(target);
  return ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/// Descriptors that were open before, or files: a pair of them, or the same one twice.
class inherited_transport final : public transport {
 public:
  struct ends {
    int in = -1;
    int out = -1;
    bool owned = false;      // to be closed: `in`
    std::string out_name{};  // of `out` in messages, where it differs
  };

  inherited_transport(asio::io_context& context, ends which, std::string name, peer remote)
      : transport(std::move(name), std::move(remote)),
        ends_(std::move(which)),
        owned_(ends_.owned ? ends_.in : -1),
        in_is_socket_(is_socket(ends_.in)),
        out_is_socket_(is_socket(ends_.out)),
        can_read_(opened_for(ends_.in, O_WRONLY)),
        readable_(context, {ends_.in, in_is_socket_}, EPOLLIN | EPOLLRDHUP, this->name()) {
    if (ends_.out < 0) return;
    writable_.emplace(context, watch::target{ends_.out, out_is_socket_}, EPOLLOUT, out_name());
    const bool can_write = opened_for(ends_.out, O_RDONLY);
    if (out_is_socket_ || !can_write || writable_->always_ready()) return;
    unblocked_ = unique_descriptor(open_unblocked(ends_.out));
    may_block_ = unblocked_.get() < 0;
  }

  asio::awaitable<bool> wait_readable() override { return readable_.wait(name()); }
  asio::awaitable<bool> wait_writable() override { return writable_->wait(out_name()); }

  void shutdown_write() noexcept override { ::shutdown(ends_.out, SHUT_WR); }
  void shutdown_read() noexcept override { ::shutdown(ends_.in, SHUT_RD); }

  void reset() noexcept override {
    ::shutdown(ends_.in, SHUT_RDWR);
    ::shutdown(ends_.out, SHUT_RDWR);
    cancel();
  }

  void cancel() noexcept override {
    readable_.cancel();
    if (writable_) writable_->cancel();
  }

 private:
  const std::string& out_name() const { return ends_.out_name.empty() ? name() : ends_.out_name; }
  const std::string& sink_name() const override { return out_name(); }

  // A socket can be told with every call not to wait. A pipe can only be polled for readiness.
  std::optional<std::size_t> read_now(std::span<std::byte> room) override {
    // The call itself tells that a descriptor is not open in its direction; a wait never ends.
    const bool waits =
        can_read_ && !in_is_socket_ && !readable_.always_ready() && !ready(ends_.in, POLLIN);
    if (waits) return std::nullopt;
    const auto got = in_is_socket_ ? ::recv(ends_.in, room.data(), room.size(), MSG_DONTWAIT)
                                   : ::read(ends_.in, room.data(), room.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (would_block()) return std::nullopt;
    fail_on(name(), in_is_socket_);
  }

  void widen() {
    if (!std::exchange(widened_, true)) widen_pipe(ends_.out);
  }

  ssize_t put(std::span<const std::byte> bytes) const {
    constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    if (out_is_socket_) return ::send(ends_.out, bytes.data(), bytes.size(), flags);
    const int to = unblocked_.get() < 0 ? ends_.out : unblocked_.get();
    return ::write(to, bytes.data(), bytes.size());
  }

  std::optional<std::size_t> write_now(std::span<const std::byte> bytes) override {
    if (bytes.size() >= usual_pipe_size) widen();
    if (may_block_ && !ready(ends_.out, POLLOUT)) return std::nullopt;
    // A pipe that can be written to has room for at least PIPE_BUF bytes.
    if (may_block_) bytes = bytes.first(std::min<std::size_t>(bytes.size(), PIPE_BUF));
    const auto count = put(bytes);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (!would_block()) fail_on(out_name(), out_is_socket_);
    widen();
    return std::nullopt;
  }

  std::uint64_t skip_now(std::uint64_t count) override {
    return readable_.always_ready() ? seek_on(ends_.in, count) : 0;
  }

  int source() noexcept override { return in_is_socket_ ? -1 : ends_.in; }
  int sink() noexcept override { return out_is_socket_ ? -1 : ends_.out; }

  ends ends_;
  unique_descriptor owned_;
  bool in_is_socket_;
  bool out_is_socket_;
  bool can_read_;
  bool may_block_ = false;           // whether a write of more than PIPE_BUF bytes may block
  bool widened_ = false;             // the pipe to write to, if it is one
  unique_descriptor unblocked_{-1};  // to write to instead of `out`, if that is possible
  watch readable_;
  std::optional<watch> writable_;
};

/// Sees a wait of `name` through: within `limit`, unless that is zero, and not cancelled.
asio::awaitable<void> see_through(asio::awaitable<bool> wait, duration limit,
                                  const std::string& name, const char* complaint) {
  if (limit > duration{}) {
    auto late = name + complaint + to_text(limit);
    wait = within(limit, std::move(wait), std::move(late));
  }
  const bool woken = co_await std::move(wait);
  if (!woken) throw failure(error{std::make_error_code(std::errc::operation_canceled), name});
}

/// The code of a failed wait.
std::error_code code_of(const std::exception_ptr& problem) {
  try {
    std::rethrow_exception(problem);
  } catch (const std::system_error& reason) {
    return reason.code();
  } catch (const std::bad_alloc&) {
    return {ENOMEM, std::system_category()};
  }
}

/// Chosen: what one read of drop() takes at most.
constexpr std::size_t largest_drop = 64 * 1024;

}  // namespace

transport::~transport() = default;

const peer& transport::remote() const {
  static const peer nobody;
  return remote_ ? *remote_ : nobody;
}

void transport::set_remote(peer who) {
  remote_ = std::make_unique<peer>(std::move(who));
}

peer transport::take_remote() {
  const auto taken = std::move(remote_);
  return taken ? std::move(*taken) : peer();
}

std::uint64_t transport::skip_now(std::uint64_t) {
  return 0;
}

void transport::when_readable(asio::io_context& context, std::weak_ptr<wait_observer> whom) {
  asio::co_spawn(context, wait_readable(),
                 [whom = std::move(whom)](const std::exception_ptr& problem, bool) {
                   tell(whom, problem ? code_of(problem) : std::error_code());
                 });
}

std::optional<std::size_t> transport::try_read(std::span<std::byte> room) {
  const auto got = read_now(room);
  if (got) bytes_read_ += *got;
  return got;
}

std::uint64_t transport::skip(std::uint64_t count) {
  const auto passed = skip_now(count);
  bytes_read_ += passed;
  return passed;
}

std::optional<std::size_t> transport::try_write(std::span<const std::byte> bytes) {
  const auto put = write_now(bytes);
  if (put) bytes_written_ += *put;
  return put;
}

asio::awaitable<void> transport::wait_for_bytes() {
  auto wait = wait_readable();
  return see_through(std::move(wait), read_timeout_, name_, ": nothing received for ");
}

asio::awaitable<std::size_t> transport::read_some(std::span<std::byte> room) {
  for (;;) {
    if (const auto got = try_read(room)) co_return *got;
    co_await wait_for_bytes();
  }
}

asio::awaitable<std::uint64_t> transport::pass_some(transport& to, std::uint64_t most) {
  const int from_here = source();
  const int to_there = to.sink();
  if (from_here < 0 || to_there < 0) co_return 0;
  for (;;) {
    if (const auto moved = splice_some(from_here, to_there, most)) {
      const auto taken = moved->bytes + moved->rest.size();
      bytes_read_ += taken;
      to.bytes_written_ += moved->bytes;
      co_await to.write_all(moved->rest);
      co_return taken;
    }
    if (!ready(from_here, POLLIN)) {
      co_await wait_for_bytes();
    } else {
      widen_pipe(to_there);
      co_await to.wait_for_room();
    }
  }
}

asio::awaitable<std::uint64_t> transport::drop(std::uint64_t count) {
  auto passed = skip(count);
  std::vector<std::byte> scratch(std::min<std::uint64_t>(count - passed, largest_drop));
  while (passed < count) {
    const auto room =
        std::span(scratch).first(std::min<std::uint64_t>(count - passed, largest_drop));
    const auto got = co_await read_some(room);
    if (got == 0) break;
    passed += got;
  }
  co_return passed;
}

/// Waits until something can be written. The limit is on the time in which the other side takes
/// nothing: the system reports room only after the other side has taken a lot, however steadily.
asio::awaitable<void> transport::wait_for_room() {
  for (auto before = unacked();;) {
    auto wait = wait_writable();
    std::exception_ptr late;
    try {
      co_await see_through(std::move(wait), write_timeout_, sink_name(), ": nothing taken for ");
      co_return;
    } catch (const failure& reason) {
      if (reason.code() != std::make_error_code(std::errc::timed_out)) throw;
      late = std::current_exception();
    }
    const auto left = unacked();
    const bool taken = before && left && *left < *before;
    if (!taken) std::rethrow_exception(late);
    before = left;
  }
}

asio::awaitable<std::size_t> transport::write_some(std::span<const std::byte> bytes) {
  for (;;) {
    if (const auto put = try_write(bytes)) co_return *put;
    co_await wait_for_room();
  }
}

asio::awaitable<void> transport::write_all(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    // The usual case without a coroutine more.
    if (const auto put = try_write(bytes)) {
      bytes = bytes.subspan(*put);
    } else {
      const auto later = co_await write_some(bytes);
      bytes = bytes.subspan(later);
    }
  }
}

std::unique_ptr<transport> open_stdio(asio::io_context& context) {
  inherited_transport::ends both{STDIN_FILENO, STDOUT_FILENO, false, "standard output"};
  return std::make_unique<inherited_transport>(context, std::move(both), "standard input", peer{});
}

std::unique_ptr<transport> open_file(asio::io_context& context, const std::string& path) {
  // Opening a FIFO would wait for a writer, where no deadline ends it.
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) throw local_failure(last_system_error(path));
  inherited_transport::ends only{file, -1, true, {}};
  return std::make_unique<inherited_transport>(context, std::move(only), path, peer{});
}

std::unique_ptr<transport> open_descriptor(asio::io_context& context, int number) {
  endpoint where{endpoint::kind::fd, {}, static_cast<std::uint32_t>(number), 0};
  auto name = to_text(where);
  if (::fcntl(number, F_GETFD) < 0) throw failure(last_system_error(name));
  inherited_transport::ends both{number, number, false, {}};
  peer remote{std::move(where), std::nullopt};
  return std::make_unique<inherited_transport>(context, std::move(both), std::move(name),
                                               std::move(remote));
}

std::unique_ptr<transport> adopt_socket(asio::io_context& context, int socket, std::string name,
                                        peer remote) {
  unique_descriptor owned(socket);  // until the transport does: epoll may have no room for it
  try {
    auto out = std::make_unique<socket_transport>(context, socket, name, std::move(remote));
    owned.release();
    return out;
  } catch (const std::system_error& reason) {
    throw failure(error{reason.code(), std::move(name)});
  }
}

}  // namespace chunk::net
