#include "script/player/commands.hpp"

#include "io/guard.hpp"
#include "io/own_children.hpp"
#include "script/language/lines.hpp"

#include <chunk/error.hpp>
#include <chunk/escape.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/net/unique_descriptor.hpp>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace tools::script {
namespace {

/// Chosen: enough to see a failed assertion, or the end of a log.
constexpr std::size_t output_lines = 10;
constexpr off_t output_bytes = 4096;

/// Chosen: servers drain.
constexpr int patience_ms = 2000;

/// Chosen: how often to look whether all has ended.
constexpr int look_ms = 2;

[[noreturn]] void fail(std::string subject) {
  throw chunk::local_failure(chunk::last_system_error(std::move(subject)));
}

/// Source: unix(7); the last byte is a NUL.
constexpr std::size_t longest_address = sizeof(sockaddr_un::sun_path) - 1;

/// Chosen: the name of the directory, and the digits of the number of a file in it.
constexpr std::size_t longest_beside = std::string_view("/chunk-XXXXXX/").size() + 6;

/// The directory for temporary files, or another one if sockets in it would have too long names.
std::string parent_directory() {
  const char* const given = std::getenv("TMPDIR");
  std::string named = given && *given ? given : "/tmp";
  if (named.size() + longest_beside <= longest_address) return named;
  return ::access("/tmp", W_OK) == 0 ? "/tmp" : named;
}

/// A descriptor that tells of the end of a process.
int watch_process(pid_t id) {
  const auto out = static_cast<int>(::syscall(SYS_pidfd_open, id, 0));
  if (out < 0) fail("sh");
  return out;
}

/// The last lines of a file that is still being written, maybe.
std::vector<std::string> last_lines(int file) {
  const auto size = ::lseek(file, 0, SEEK_END);
  const auto from = std::max<off_t>(size - output_bytes, 0);
  std::string text(static_cast<std::size_t>(std::max<off_t>(size - from, 0)), '\0');
  const auto got = ::pread(file, text.data(), text.size(), from);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  std::vector<std::string> out;
  for (auto rest = std::string_view(text); !rest.empty();) {
    const auto line = take_line(rest);
    if (!line.empty()) out.push_back(chunk::quoted(line));
  }
  if (out.size() > output_lines) out.erase(out.begin(), out.end() - output_lines);
  return out;
}

}  // namespace

struct commands::process {
  process(asio::io_context& context, std::string text, chunk::net::unique_descriptor output)
      : command(std::move(text)), out(std::move(output)), ended(context) {}

  ~process() { end(0); }

  /// Starts the command.
  ///
  /// Throws: local_failure
  void start() {
    const chunk::net::unique_descriptor input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (input.get() < 0) fail("/dev/null");
    id = io::spawn(command, {input.get(), out.get(), out.get()});
    if (id < 0) fail("sh");
    group = id;
    chunk::net::unique_descriptor watched(watch_process(id));
    std::error_code problem;
    ended.assign(watched.get(), problem);
    if (problem) throw chunk::local_failure({problem, "sh"});
    watched.release();
  }

  /// Waits for its end.
  asio::awaitable<void> await_end();

  void note_end(std::optional<int> status) noexcept {
    id = 0;
    how.status = status;
    how.output = last_lines(out.get());
  }

  /// Takes note of its end, if that has come. With 0 for WNOHANG it waits for that.
  bool reap(int options = WNOHANG) noexcept {
    int status = 0;
    if (id <= 0) return true;
    const auto reaped = io::wait_for_child(id, status, options);
    if (reaped == id) note_end(status);
    if (reaped < 0) note_end(std::nullopt);
    return id <= 0;
  }

  /// Asks it to end, and all that it has left running. Once: a second signal may mean something
  /// else.
  void ask_to_end() noexcept {
    if (std::exchange(asked, true) || group <= 0 || !io::has_child_in(group)) return;
    io::end_group(group);
  }

  /// Ends it and the processes that it has left running, by SIGKILL after some milliseconds. These
  /// processes are children of this one by now, so that their IDs cannot be reused before they are
  /// reaped.
  void end(int milliseconds) noexcept {
    for (int waited = 0; group > 0; waited += look_ms) {
      int status = 0;
      pid_t ended_now = 0;
      while ((ended_now = io::wait_for_child(-group, status, WNOHANG)) > 0) {
        if (ended_now == id) note_end(status);
      }
      if (ended_now < 0) {
        if (errno != ECHILD) ::kill(-group, SIGKILL);
        group = 0;  // there is none any more, or it cannot be waited for
      }
      if (group > 0 && waited >= milliseconds) ::kill(-group, SIGKILL);
      if (group > 0) ::poll(nullptr, 0, look_ms);
    }
  }

  std::string command;
  chunk::net::unique_descriptor out;
  pid_t id = 0;     // 0 once it has ended
  pid_t group = 0;  // 0 once all that it has left running has
  bool asked = false;
  asio::posix::stream_descriptor ended;
  command_end how;
  bool reported = false;
};

commands::commands(asio::io_context& context) : context_(context) {
  // What a command leaves running becomes our child, to be ended and reaped as well.
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) fail("commands");
}

commands::~commands() {
  end_all();
}

const std::string& commands::directory() {
  if (directory_.empty()) {
    auto pattern = parent_directory() + "/chunk-XXXXXX";
    if (!::mkdtemp(pattern.data())) fail(pattern);
    directory_ = pattern;
  }
  return directory_;
}

std::string commands::fresh_address() {
  return fmt::format("unix:{}/{}", directory(), ++made_);
}

std::unique_ptr<commands::process> commands::spawn(const std::string& command) {
  const auto path = fmt::format("{}/{}.output", directory(), ++made_);
  chunk::net::unique_descriptor output(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600));
  if (output.get() < 0) fail(path);
  ::unlink(path.c_str());  // it is read by its descriptor
  auto out = std::make_unique<process>(context_, command, std::move(output));
  out->start();
  return out;
}

asio::awaitable<void> commands::process::await_end() {
  do {
    co_await ended.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
  } while (!io::has_ended(ended.native_handle()));
}

asio::awaitable<command_end> commands::run(std::string command, chunk::net::duration limit) {
  const auto one = spawn(command);
  running_.push_back(one.get());
  const auto remove = [this](process* which) { std::erase(running_, which); };
  const std::unique_ptr<process, decltype(remove)> listed(one.get(), remove);
  auto late = fmt::format("not done within {}", chunk::net::to_text(limit));
  auto waiting = one->await_end();
  co_await chunk::net::within(limit, std::move(waiting), std::move(late));
  // The descriptor may tell of the end a moment before the status can be had.
  one->reap(0);
  co_return one->how;
}

void commands::start(const std::string& command) {
  started_.push_back(spawn(command));
}

std::vector<std::string> commands::last_output() const {
  return started_.empty() ? std::vector<std::string>{} : last_lines(started_.back()->out.get());
}

std::optional<std::string> commands::trouble(command_end& end) {
  for (const auto& each : started_) {
    if (each->reported || !each->reap() || each->how.succeeded()) continue;
    each->reported = true;
    end = each->how;
    return each->command;
  }
  return std::nullopt;
}

void commands::end_all() noexcept {
  for (auto* const each : running_) each->end(0);
  for (const auto& each : started_) each->ask_to_end();
  for (const auto& each : started_) each->end(patience_ms);
  remove_directory();
}

/// Removes the directory. That takes a descriptor only if commands have added something to it.
void commands::remove_directory() noexcept {
  if (directory_.empty()) return;
  for (std::size_t each = 1; each <= made_; ++each) {
    ::unlink(fmt::format("{}/{}", directory_, each).c_str());
  }
  std::error_code ignored;
  if (::rmdir(directory_.c_str()) != 0) std::filesystem::remove_all(directory_, ignored);
  directory_.clear();
}

}  // namespace tools::script
