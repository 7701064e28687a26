#include "cli/signals.hpp"

#include "io/guard.hpp"
#include "io/own_children.hpp"
#include "io/write.hpp"

#include <chunk/net/scheme.hpp>

#include <unistd.h>

#include <utility>

namespace tools::cli {
namespace {

/// The offset of a shell's status for a process that was ended by a signal.
constexpr int ended_by_signal = 128;

[[noreturn]] void exit_as_if_ended(int number) {
  ::_exit(ended_by_signal + number);
}

}  // namespace

void end_by_signal(int number) {
  io::end_children();
  io::dismiss_guard();
  ::signal(number, SIG_DFL);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, number);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(number);
  exit_as_if_ended(number);  // reached by process 1
}

void let_signals_end_first_process() {
  if (::getpid() != 1) return;
  for (const int each : ending_signals) {
    struct sigaction action {};
    action.sa_handler = exit_as_if_ended;
    ::sigaction(each, &action, nullptr);
  }
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
