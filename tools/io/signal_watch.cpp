#include "io/signal_watch.hpp"

#include "io/signal_hold.hpp"

#include <chunk/error.hpp>

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace tools::io {
namespace {

bool stays_ignored(int number) {
  return number != SIGCHLD && is_ignored(number);
}

[[noreturn]] void fail_to_watch(std::error_code reason) {
  throw chunk::local_failure({reason, "signals"});
}

}  // namespace

signal_watch::signal_watch(asio::io_context& context, std::span<const int> numbers,
                           std::function<void(int)> react)
    : react_(std::move(react)), from_(context) {
  ::sigemptyset(&set_);
  ::sigemptyset(&added_);
  for (const int each : numbers) {
    if (!stays_ignored(each)) ::sigaddset(&set_, each);
    if (each == SIGCHLD) ::signal(each, SIG_DFL);
  }
  const int made = ::signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK);
  if (made < 0) fail_to_watch({errno, std::system_category()});
  std::error_code problem;
  from_.assign(made, problem);
  if (problem) {
    ::close(made);
    fail_to_watch(problem);
  }
  sigset_t before;
  const int refused = ::pthread_sigmask(SIG_BLOCK, &set_, &before);
  if (refused != 0) fail_to_watch({refused, std::system_category()});
  for (const int each : numbers) {
    const bool added = ::sigismember(&set_, each) == 1 && ::sigismember(&before, each) == 0;
    if (added) ::sigaddset(&added_, each);
  }
  wait();
}

signal_watch::~signal_watch() {
  ::pthread_sigmask(SIG_UNBLOCK, &added_, nullptr);
}

void signal_watch::wait() {
  from_.async_wait(asio::posix::descriptor_base::wait_read, [this](std::error_code aborted) {
    if (aborted) return;
    receive();
  });
}

void signal_watch::receive() {
  signalfd_siginfo one{};
  const auto got = ::read(from_.native_handle(), &one, sizeof one);
  wait();
  if (got == sizeof one) react_(static_cast<int>(one.ssi_signo));
}

}  // namespace tools::io
