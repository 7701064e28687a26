#include "io/child.hpp"

#include "io/own_children.hpp"

#include <chunk/error.hpp>

#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace tools::io {
namespace {

using descriptor = asio::posix::stream_descriptor;

/// What a child needs, prepared before it is started, and what it reports.
struct preparation {
  std::array<const char*, 4> arguments;
  std::array<int, 3> streams;
  std::vector<char*> environment;
  volatile int problem = 0;  // errno of a step that has failed in the child
};

std::vector<char*> merge_environment(const std::vector<std::string>& additions) {
  std::vector<char*> out;
  const auto is_replaced = [&](std::string_view variable) {
    const auto name = variable.substr(0, variable.find('='));
    return std::ranges::any_of(
        additions, [&](std::string_view each) { return each.substr(0, each.find('=')) == name; });
  };
  for (char** each = environ; *each; ++each) {
    if (!is_replaced(*each)) out.push_back(*each);
  }
  for (const auto& each : additions) {
    if (each.find('=') != each.npos) out.push_back(const_cast<char*>(each.c_str()));
  }
  out.push_back(nullptr);
  return out;
}

/// The signals that a tool handles or ignores.
constexpr std::array own_signals{SIGPIPE, SIGINT,  SIGTERM, SIGHUP,
                                 SIGQUIT, SIGUSR1, SIGXFSZ, SIGCHLD};

bool restore_signals() {
  // While signals are still blocked: handlers would write to pipes that the parent uses as well.
  for (const int number : own_signals) {
    if (::signal(number, SIG_DFL) == SIG_ERR) return false;
  }
  sigset_t none;
  ::sigemptyset(&none);
  return ::sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
}

bool place(int from, int to) {
  for (;;) {
    if (::dup2(from, to) >= 0) return true;
    if (errno != EINTR) return false;
  }
}

/// Closes all descriptors but the standard streams, one by one if the system cannot do it at once.
void close_others() {
  constexpr int first = STDERR_FILENO + 1;
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
  const auto limit = static_cast<int>(::sysconf(_SC_OPEN_MAX));
  for (int each = first; each < limit; ++each) ::close(each);
}

/// Prepares the child. The session of its own takes away the terminal, for which a process in the
/// background would be stopped; a command that opens it is told that there is none.
bool prepare(const preparation& ready) {
  if (::setsid() < 0 || ::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || !restore_signals()) return false;
  for (int number = 0; number < 3; ++number) {
    if (!place(ready.streams[static_cast<std::size_t>(number)], number)) return false;
  }
  close_others();
  return true;
}

/// Executes the command in the child. Must not change any memory, which the child shares with its
/// parent until then, but for what it reports.
[[noreturn]] void execute(preparation& ready) {
  if (prepare(ready)) {
    ::execve("/bin/sh", const_cast<char* const*>(ready.arguments.data()), ready.environment.data());
  }
  ready.problem = errno;
  ::_exit(127);
}

/// Starts the child. Not inlined, since parent and child share the stack until execve().
[[gnu::noinline]] pid_t start_child(preparation& ready) {
  // A fork would copy the page tables of a large process. NOLINTNEXTLINE(bugprone-unsafe-functions)
  const auto id = ::vfork();
  if (id == 0) execute(ready);
  return id;
}

[[noreturn]] void fail_to_start() {
  throw chunk::local_failure(chunk::last_system_error("sh"));
}

/// Makes `by` the owner of a descriptor, which is closed if that fails.
void adopt(descriptor& by, int number) {
  std::error_code problem;
  by.assign(number, problem);
  if (!problem) return;
  ::close(number);
  throw chunk::local_failure({problem, "sh"});
}

/// A pipe to or from a child. Until it is opened, the child inherits the stream of this process.
class child_pipe {
 public:
  child_pipe(descriptor& of_ours, int child_number) : ours_(of_ours), theirs_(child_number) {}

  ~child_pipe() {
    if (open_) ::close(theirs_);
  }

  child_pipe(const child_pipe&) = delete;
  child_pipe& operator=(const child_pipe&) = delete;

  void open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail_to_start();
    if (theirs_ != STDIN_FILENO) std::swap(ends[0], ends[1]);
    open_ = true;
    theirs_ = ends[0];
    adopt(ours_, ends[1]);
    if (::fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) fail_to_start();
  }

  /// The descriptor for the child.
  int theirs() const { return theirs_; }

 private:
  descriptor& ours_;
  int theirs_;
  bool open_ = false;
};

/// Waits until a stream is ready, or the wait is cancelled.
///
/// Throws: local_failure if the system refuses to wait
asio::awaitable<void> wait_for(descriptor& stream, descriptor::wait_type direction) {
  std::error_code problem;
  co_await stream.async_wait(direction, asio::redirect_error(asio::use_awaitable, problem));
  const bool refused = problem && problem != asio::error::operation_aborted;
  if (refused) throw chunk::local_failure(chunk::error{problem, "sh"});
}

bool is_temporary() {
  return errno == EAGAIN || errno == EINTR;
}

}  // namespace

void append_fields(std::vector<std::string>& environment, const chunk::framing& how,
                   const chunk::header& from) {
  for (const auto& each : how.fields(from)) {
    auto name = "CHUNK_FIELD_" + std::string(each.name);
    for (auto& letter : name) {
      if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
      if (letter == '-') letter = '_';
    }
    environment.push_back(name + '=' + each.text());
  }
}

bool child_end::succeeded() const {
  return status && WIFEXITED(*status) && WEXITSTATUS(*status) == 0;
}

bool child_end::was_not_executed() const {
  // Source: POSIX, Shell Command Language, Exit Status for Commands
  return status && WIFEXITED(*status) &&
         (WEXITSTATUS(*status) == 126 || WEXITSTATUS(*status) == 127);
}

std::string child_end::in_words() const {
  if (!status) return "an unknown status";
  if (WIFEXITED(*status)) return fmt::format("status {}", WEXITSTATUS(*status));
  const int number = WTERMSIG(*status);
  const char* const name = ::sigabbrev_np(number);  // null for real-time signals
  return name ? fmt::format("signal {}", name) : fmt::format("signal {}", number);
}

pid_t spawn(const std::string& command, const std::array<int, 3>& streams,
            const std::vector<std::string>& environment) {
  preparation ready{
      {"sh", "-c", command.c_str(), nullptr}, streams, merge_environment(environment)};
  expect_child();
  // If this process was started with SIGCHLD ignored, the statuses of children would be lost.
  if (::signal(SIGCHLD, SIG_DFL) == SIG_ERR) return -1;
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  if (::sigprocmask(SIG_BLOCK, &all, &before) != 0) return -1;
  const auto id = start_child(ready);
  int problem = id < 0 ? errno : ready.problem;
  if (::sigprocmask(SIG_SETMASK, &before, nullptr) != 0 && problem == 0) problem = errno;
  if (id > 0) add_child(id);
  if (problem == 0) return id;
  if (id > 0) {
    int ignored = 0;
    ::kill(id, SIGKILL);
    wait_for_child(id, ignored, 0);
  }
  errno = problem;
  return -1;
}

struct child::state {
  explicit state(asio::io_context& context)
      : input(context), output(context), errors(context), process(context) {}

  /// Kills and reaps a process that could not be watched.
  ~state() {
    kill_group();
    reap();
  }

  /// Keeps `self` alive until the process has ended, which is signalled on its descriptor.
  static void watch(const std::shared_ptr<state>& self) {
    self->process.async_wait(descriptor::wait_read, [self](std::error_code aborted) {
      if (aborted) return;
      if (!has_ended(self->process.native_handle())) return watch(self);
      self->over = true;
      if (self->abandoned) self->reap();
      // Wakes the coroutines that wait for a stream, which then read what is left in it.
      for (auto* const each : {&self->input, &self->output, &self->errors}) {
        std::error_code ignored;
        each->cancel(ignored);
      }
    });
  }

  /// Safe until the process is reaped: until then its ID, which is also that of its group, cannot
  /// be reused.
  void kill_group() const noexcept {
    if (id > 0) ::kill(-id, SIGKILL);
  }

  child_end reap() noexcept {
    child_end out;
    int status = 0;
    const auto which = std::exchange(id, 0);
    if (which > 0 && wait_for_child(which, status, 0) == which) out.status = status;
    return out;
  }

  asio::awaitable<std::size_t> read(descriptor& from, std::span<std::byte> room) const;

  pid_t id = 0;  // 0 once it is reaped
  bool over = false;
  bool abandoned = false;
  descriptor input;
  descriptor output;
  descriptor errors;
  descriptor process;
};

asio::awaitable<std::size_t> child::state::read(descriptor& from, std::span<std::byte> room) const {
  for (;;) {
    const auto got = ::read(from.native_handle(), room.data(), room.size());
    if (got >= 0) co_return static_cast<std::size_t>(got);
    if (!is_temporary()) fail_to_start();
    if (over && errno == EAGAIN) co_return 0;
    co_await wait_for(from, descriptor::wait_read);
  }
}

child::child(asio::io_context& context, const std::string& command, errors where,
             const std::vector<std::string>& environment)
    : state_(std::make_shared<state>(context)) {
  child_pipe input(state_->input, STDIN_FILENO);
  child_pipe output(state_->output, STDOUT_FILENO);
  child_pipe messages(state_->errors, STDERR_FILENO);
  input.open();
  output.open();
  if (where == errors::piped) messages.open();
  state_->id = spawn(command, {input.theirs(), output.theirs(), messages.theirs()}, environment);
  if (state_->id < 0) fail_to_start();
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, state_->id, 0));
  if (process < 0) fail_to_start();
  adopt(state_->process, process);
  state::watch(state_);
}

child::~child() {
  state_->kill_group();
  if (state_->over) state_->reap();
  state_->abandoned = true;
  std::error_code ignored;
  for (auto* const each : {&state_->input, &state_->output, &state_->errors}) each->close(ignored);
}

std::optional<std::size_t> child::feed_at_once(std::span<const std::byte> bytes) noexcept {
  const auto put = ::write(state_->input.native_handle(), bytes.data(), bytes.size());
  if (put >= 0) return static_cast<std::size_t>(put);
  if (!is_temporary() || state_->over) return std::nullopt;
  return 0;
}

asio::awaitable<void> child::wait_writable() {
  co_await wait_for(state_->input, descriptor::wait_write);
}

asio::awaitable<bool> child::feed(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto put = ::write(state_->input.native_handle(), bytes.data(), bytes.size());
    if (put >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    } else if (errno == EPIPE || (errno == EAGAIN && state_->over)) {
      co_return false;
    } else if (!is_temporary()) {
      fail_to_start();
    } else {
      co_await wait_writable();
    }
  }
  co_return true;
}

void child::end_input() noexcept {
  std::error_code ignored;
  state_->input.close(ignored);
}

asio::awaitable<std::size_t> child::read(std::span<std::byte> room) {
  return state_->read(state_->output, room);
}

asio::awaitable<std::size_t> child::read_errors(std::span<std::byte> room) {
  return state_->read(state_->errors, room);
}

bool child::has_output() const noexcept {
  int count = 0;
  return ::ioctl(state_->output.native_handle(), FIONREAD, &count) == 0 && count > 0;
}

void child::kill() noexcept {
  state_->kill_group();
}

asio::awaitable<void> child::ended() {
  while (!state_->over) co_await wait_for(state_->process, descriptor::wait_read);
}

child_end child::finish() noexcept {
  state_->kill_group();
  return state_->reap();
}

}  // namespace tools::io
