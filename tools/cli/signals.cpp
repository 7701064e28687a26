#include "cli/signals.hpp"

#include "io/guard.hpp"
#include "io/own_children.hpp"
#include "io/write.hpp"

#include <chunk/net/scheme.hpp>

#include <unistd.h>

#include <span>
#include <utility>

namespace tools::cli {
namespace {

/// The offset of a shell's status for a process that was ended by a signal.
constexpr int ended_by_signal = 128;

[[noreturn]] void exit_as_if_ended(int number) {
  ::_exit(ended_by_signal + number);
}

void unblock(std::span<const int> numbers) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int each : numbers) ::sigaddset(&set, each);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace

void end_by_signal(int number) {
  io::end_children();
  io::dismiss_guard();
  ::signal(number, SIG_DFL);
  unblock({&number, 1});
  ::raise(number);
  exit_as_if_ended(number);  // reached by process 1
}

void let_signals_end() {
  for (const int each : ending_signals) {
    struct sigaction action {};
    const bool ignored = ::sigaction(each, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
    if (ignored || ::getpid() != 1) continue;
    action.sa_handler = exit_as_if_ended;
    ::sigaction(each, &action, nullptr);
  }
  unblock(ending_signals);
}

bool makes_file(const chunk::net::endpoint& where) {
  return !chunk::net::scheme_of(where).traits.has_ip;
}

file_hold::file_hold(const chunk::net::endpoint& where)
    : signal_hold(ending_signals, makes_file(where)) {}

interruption::interruption(asio::io_context& context, std::function<void(int)> clean_up)
    : signals_(context, ending_signals, [clean_up = std::move(clean_up)](int number) {
        io::hurry();
        clean_up(number);
        end_by_signal(number);
      }) {}

}  // namespace tools::cli
