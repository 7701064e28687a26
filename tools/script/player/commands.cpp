#include "script/player/commands.hpp"

#include "script/language/lines.hpp"

#include <chunk/error.hpp>
#include <chunk/escape.hpp>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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
  process(asio::io_context& context, std::string text, int output, pid_t number)
      : command(std::move(text)),
        out(output),
        id(number),
        group(number),
        ended(context, static_cast<int>(::syscall(SYS_pidfd_open, number, 0))) {}

  ~process() {
    end(0);
    ::close(out);
  }

  void note_end(int status) noexcept {
    id = 0;
    how.status = status;
    how.output = last_lines(out);
  }

  /// Takes note of its end, if that has come.
  bool reap() noexcept {
    int status = 0;
    if (id > 0 && ::waitpid(id, &status, WNOHANG) == id) note_end(status);
    return id == 0;
  }

  /// Asks it to end, and all that it has left running. Once: a second signal may mean something
  /// else.
  void ask_to_end() noexcept {
    if (!std::exchange(asked, true) && group > 0) ::kill(-group, SIGTERM);
  }

  /// Ends it and the processes that it has left running, by SIGKILL after some milliseconds. These
  /// processes are children of this one by now, so that their IDs cannot be reused before they are
  /// reaped.
  void end(int milliseconds) noexcept {
    for (int waited = 0; group > 0; waited += look_ms) {
      int status = 0;
      pid_t ended_now = 0;
      while ((ended_now = ::waitpid(-group, &status, WNOHANG)) > 0) {
        if (ended_now == id) note_end(status);
      }
      if (ended_now < 0) group = 0;  // there is none any more
      if (group > 0 && waited >= milliseconds) ::kill(-group, SIGKILL);
      if (group > 0) ::poll(nullptr, 0, look_ms);
    }
  }

  std::string command;
  int out;
  pid_t id;     // 0 once it has ended
  pid_t group;  // 0 once all that it has left running has
  bool asked = false;
  asio::posix::stream_descriptor ended;
  command_end how;
  bool reported = false;
};

commands::commands(asio::io_context& context) : context_(context) {
  // What a command leaves running becomes our child, to be ended and reaped as well.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

commands::~commands() {
  end_all();
}

const std::string& commands::directory() {
  if (directory_.empty()) {
    const char* const parent = std::getenv("TMPDIR");
    auto pattern = std::string(parent && *parent ? parent : "/tmp") + "/chunk-XXXXXX";
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
  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int output = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (input < 0 || output < 0) fail(path);
  ::unlink(path.c_str());  // it is read by its descriptor
  const auto id = io::spawn(command, {input, output, output});
  ::close(input);
  if (id < 0) {
    ::close(output);
    fail("sh");
  }
  return std::make_unique<process>(context_, command, output, id);
}

asio::awaitable<command_end> commands::run(std::string command, chunk::net::duration limit) {
  const auto one = spawn(command);
  running_.push_back(one.get());
  const auto remove = [this](process* which) { std::erase(running_, which); };
  const std::unique_ptr<process, decltype(remove)> listed(one.get(), remove);
  auto late = fmt::format("not done within {}", chunk::net::to_text(limit));
  auto waiting =
      one->ended.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
  co_await chunk::net::within(limit, std::move(waiting), std::move(late));
  one->reap();
  co_return one->how;
}

void commands::start(const std::string& command) {
  started_.push_back(spawn(command));
}

std::vector<std::string> commands::last_output() const {
  return started_.empty() ? std::vector<std::string>{} : last_lines(started_.back()->out);
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
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
  directory_.clear();
}

}  // namespace tools::script
