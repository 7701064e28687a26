#include "recv/graceful_exit.hpp"

#include "cli/signals.hpp"

#include <signal.h>

#include <chrono>
#include <system_error>
#include <utility>

namespace tools::recv {
namespace {

/// Chosen: the same as the default of chunk-serve.
constexpr std::chrono::seconds longest_drain(10);

}  // namespace

graceful_exit::graceful_exit(asio::io_context& context, std::function<void()> stop,
                             std::function<void()> clean_up)
    : stop_(std::move(stop)),
      clean_up_(std::move(clean_up)),
      signals_(context),
      patience_(context) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (!cli::is_ignored(number)) signals_.add(number);
  }
  wait();
}

void graceful_exit::wait() {
  signals_.async_wait([this](std::error_code aborted, int number) {
    if (aborted) return;
    if (came_ != 0) return raise_signal();
    came_ = number;
    patience_.expires_after(longest_drain);
    patience_.async_wait([this](std::error_code ended) {
      if (!ended) raise_signal();
    });
    wait();
    stop_();
  });
}

void graceful_exit::raise_signal() {
  if (came_ == 0) return;
  clean_up_();
  ::signal(came_, SIG_DFL);
  ::raise(came_);
}

}  // namespace tools::recv
