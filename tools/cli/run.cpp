#include "cli/run.hpp"

#include "cli/command_line.hpp"
#include "cli/signals.hpp"
#include "cli/status.hpp"
#include "io/event_loop.hpp"
#include "io/guard.hpp"
#include "io/memory_reserve.hpp"
#include "io/output.hpp"
#include "io/own_children.hpp"
#include "io/signal_hold.hpp"

#include <chunk/error.hpp>

#include <asio/co_spawn.hpp>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <new>
#include <optional>
#include <string_view>

namespace tools::cli {
namespace {

/// Opens /dev/null for each standard stream that is closed, in the wrong direction: using the
/// stream fails as before, but no socket is given its number.
void hold_standard_streams() {
  for (const int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(each, F_GETFD) >= 0) continue;
    ::open("/dev/null", each == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

int fail(const chunk::failure& reason) {
  const bool reader_gone = dynamic_cast<const chunk::local_failure*>(&reason) != nullptr &&
                           reason.code() == std::errc::broken_pipe &&
                           std::string_view(reason.what()).starts_with("standard output");
  if (reader_gone) {
    io::dismiss_guard();
    io::end_by_broken_pipe();
  }
  remark(reason.what());
  return status_of(reason);
}

int parse_and_work(command_line& line, int argc, char** argv,
                   const std::function<int(asio::io_context&)>& work) {
  if (const auto ended = line.parse(argc, argv)) return *ended;
  // Later there might not even be memory for an exception.
  if (io::is_out_of_memory()) return out_of_memory();
  // One thread uses it. Another one, which looks a name up, only posts to it.
  asio::io_context context{ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  io::require_wakeups(context);
  std::optional<io::orphan_reaper> reaps;
  if (::getpid() == 1) reaps.emplace(context);
  return work(context);
}

/// Closes standard output: on some file systems only this tells that a disk or a quota is full.
void close_output() {
  if (::close(STDOUT_FILENO) == 0) return;
  throw chunk::local_failure(chunk::last_system_error("standard output"));
}

/// Leaves no process behind for others to reap.
struct guard_dismissal {
  ~guard_dismissal() { io::dismiss_guard(); }
};

/// Calls `work`. Each exception becomes a status and a line on standard error, unless there is no
/// memory for that.
int run_or_report(const std::function<int()>& work) {
  try {
    return work();
  } catch (const chunk::failure& reason) {
    return fail(reason);
  } catch (const std::system_error& reason) {
    remark(to_text(chunk::error{reason.code(), "event loop"}));  // all others are failures of ours
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::exception& reason) {
    remark(reason.what());
  }
  return local;
}

/// Ends the process in order where an exception cannot be passed on, as out of Asio: that is for
/// lack of memory.
[[noreturn]] void end_unhandled() noexcept {
  try {
    if (const auto problem = std::current_exception()) std::rethrow_exception(problem);
    // There was no memory for the exception.
    if (io::is_out_of_memory()) ::_exit(out_of_memory());
  } catch (const std::bad_alloc&) {
    ::_exit(out_of_memory());
  } catch (...) {
  }
  std::abort();
}

}  // namespace

const char* version() {
  return CHUNK_VERSION;
}

int out_of_memory() noexcept {
  io::complain_of_memory();
  return local;
}

int run(command_line& line, int argc, char** argv,
        const std::function<int(asio::io_context&)>& work) {
  let_signals_end();
  const guard_dismissal last;
  hold_standard_streams();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a write beyond the limit fails instead
  std::set_terminate(end_unhandled);
  try {
    return run_or_report([&] {
      const int out = parse_and_work(line, argc, argv, work);
      if (out == success || out == negative || out == skipped) close_output();
      return out;
    });
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
}

int run(asio::io_context& context, asio::awaitable<int> work) {
  int out = success;
  std::exception_ptr problem;
  asio::co_spawn(context, std::move(work), [&](const std::exception_ptr& thrown, int status) {
    out = status;
    problem = thrown;
    context.stop();
  });
  try {
    context.run();
    if (problem) std::rethrow_exception(problem);
  } catch (...) {
    // What is open is cleaned up on the way out, and then the process ends.
    static const io::signal_hold to_the_end(ending_signals);
    throw;
  }
  return out;
}

}  // namespace tools::cli
