#include "cli/signals.hpp"

#include "io/guard.hpp"
#include "io/own_children.hpp"
#include "io/write.hpp"

#include <chunk/net/scheme.hpp>

#include <unistd.h>

#include <span>
#include <utility>
#include <vector>

namespace tools::cli {
namespace {

/// The offset of a shell's status for a process that was ended by a signal.
constexpr int ended_by_signal = 128;

/// The process has one end, and so there is one of these.
std::vector<const last_act*>& acts() {
  static std::vector<const last_act*> out;
  return out;
}

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
  for (auto each = acts().rbegin(); each != acts().rend(); ++each) (*each)->act_(number);
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

last_act::last_act(std::function<void(int)> act) : act_(std::move(act)) {
  acts().push_back(this);
}

last_act::~last_act() {
  std::erase(acts(), this);
}

interruption::interruption(asio::io_context& context, std::function<void(int)> clean_up)
    : clean_up_(std::move(clean_up)), signals_(context, ending_signals, [](int number) {
        io::hurry();
        end_by_signal(number);
      }) {}

}  // namespace tools::cli
