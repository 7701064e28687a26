#include "io/child.hpp"

#include "io/guard.hpp"

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <exception>
#include <fstream>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using tools::io::child;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// Runs a coroutine to its end.
template <class T>
T result_of(asio::io_context& context, asio::awaitable<T> work) {
  T out{};
  std::exception_ptr problem;
  asio::co_spawn(context, std::move(work), [&](const std::exception_ptr& thrown, T value) {
    problem = thrown;
    out = std::move(value);
    context.stop();
  });
  context.run();
  context.restart();  // for those that are still at work
  if (problem) std::rethrow_exception(problem);
  return out;
}

asio::awaitable<std::string> read_to_end(child& from) {
  std::string out;
  std::vector<std::byte> room(64 * 1024);
  for (;;) {
    const auto count = co_await from.read(room);
    if (count == 0) break;
    out.append(reinterpret_cast<const char*>(room.data()), count);
  }
  co_await from.ended();
  co_return out;
}

std::string output_of(std::string_view command, const std::vector<std::string>& environment = {}) {
  asio::io_context context{1};
  child one(context, std::string(command), {}, environment);
  one.end_input();
  return result_of(context, read_to_end(one));
}

std::string end_of(std::string_view command) {
  asio::io_context context{1};
  child one(context, std::string(command), {});
  result_of(context, read_to_end(one));
  return one.finish().in_words();
}

bool has_children() {
  tools::io::dismiss_guard();
  return ::waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD;
}

}  // namespace

TEST_CASE("the status of a command is shown in words") {
  CHECK(end_of("exit 0") == "status 0");
  CHECK(end_of("exit 7") == "status 7");
  CHECK(end_of("kill -SEGV $$") == "signal SEGV");
  CHECK(end_of("kill -40 $$") == "signal 40");
  CHECK(end_of("/nonexistent/command 2>/dev/null") == "status 127");
  CHECK_FALSE(has_children());
}

TEST_CASE("a guard that is stopped stops nobody else, and is ended") {
  REQUIRE_FALSE(has_children());
  constexpr auto nobody = std::numeric_limits<pid_t>::max();
  tools::io::guard_group(nobody);
  pid_t guard = 0;
  std::ifstream("/proc/thread-self/children") >> guard;
  if (guard == 0) return;  // the kernel does not list children
  ::kill(guard, SIGSTOP);
  // More than a pipe has room for
  for (int each = 0; each < 20'000; ++each) {
    tools::io::release_group(nobody);
    tools::io::guard_group(nobody);
  }
  tools::io::release_group(nobody);
  CHECK_FALSE(has_children());
}

TEST_CASE("a status that is lost is not that of a success") {
  asio::io_context context{1};
  child one(context, "exit 0", {});
  result_of(context, read_to_end(one));
  CHECK(::waitpid(-1, nullptr, 0) > 0);  // as a library might do it
  const auto end = one.finish();
  CHECK_FALSE(end.succeeded());
  CHECK(end.in_words() == "an unknown status");
}

TEST_CASE("a command has the default actions of signals, whatever those of this process are") {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t some;
  ::sigemptyset(&some);
  ::sigaddset(&some, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &some, nullptr);
  CHECK(end_of("kill -PIPE $$") == "signal PIPE");
  CHECK(end_of("kill -TERM $$") == "signal TERM");
  ::sigprocmask(SIG_UNBLOCK, &some, nullptr);
}

TEST_CASE("a command has no descriptors other than its standard streams") {
  const int stray = ::dup(STDERR_FILENO);  // not closed on exec
  CHECK(
      output_of("for each in 3 4 5 6 7 8 9; do [ ! -e /proc/self/fd/$each ] || echo $each; done") ==
      "");
  ::close(stray);
}

TEST_CASE("variables are added, replaced and removed") {
  ::setenv("CHUNK_TEST_A", "old", 1);
  ::setenv("CHUNK_TEST_B", "old", 1);
  CHECK(output_of("echo ${CHUNK_TEST_A-none} ${CHUNK_TEST_B-none} ${CHUNK_TEST_C-none}",
                  {"CHUNK_TEST_A=new =", "CHUNK_TEST_B", "CHUNK_TEST_C=more"}) ==
        "new = none more\n");
  CHECK(output_of("env | grep -c CHUNK_TEST_A", {"CHUNK_TEST_A=new"}) == "1\n");
}

TEST_CASE("a megabyte is written and read at the same time without a deadlock") {
  asio::io_context context{1};
  child one(context, "cat", {});
  const std::string sent(1 << 20, 'x');
  bool taken = false;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        taken = co_await one.feed(bytes_of(sent));
        one.end_input();
      },
      asio::detached);
  CHECK(result_of(context, read_to_end(one)) == sent);
  context.run();
  CHECK(taken);
  CHECK(one.finish().succeeded());
}

TEST_CASE("writing to a command that does not read ends when the command ends") {
  for (const auto* const command : {"exec <&-; echo out", "echo out", "sleep 100 & echo out"}) {
    CAPTURE(command);
    asio::io_context context{1};
    child one(context, command, {});
    const std::string sent(1 << 20, 'x');
    bool taken = true;
    asio::co_spawn(
        context, [&]() -> asio::awaitable<void> { taken = co_await one.feed(bytes_of(sent)); },
        asio::detached);
    CHECK(result_of(context, read_to_end(one)) == "out\n");
    context.run();
    CHECK_FALSE(taken);
    CHECK(one.finish().succeeded());
  }
}

TEST_CASE("processes that a command leaves running delay nothing, and are killed") {
  asio::io_context context{1};
  child one(context, "sleep 100 & echo $!", {});
  const auto left = std::stoi(result_of(context, read_to_end(one)));
  CHECK(::kill(left, 0) == 0);
  CHECK(one.finish().succeeded());
  // Another process may need some time to reap it.
  CHECK(output_of("while grep -q 'State:.[^ZX]' /proc/" + std::to_string(left) +
                  "/status 2>/dev/null; do :; done; echo gone") == "gone\n");
  CHECK_FALSE(has_children());
}

TEST_CASE("a command that ignores SIGTERM does not outlive its owner, and is reaped") {
  asio::io_context context{1};
  {
    child one(context, "trap '' TERM; echo; while :; do sleep 1; done", {});
    std::vector<std::byte> room(1);
    CHECK(result_of(context, [&]() -> asio::awaitable<std::size_t> { return one.read(room); }()) ==
          1);
  }
  context.run();
  CHECK_FALSE(has_children());
}
