#include "recv/graceful_exit.hpp"

#include "cli/signals.hpp"
#include "io/write.hpp"

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
      signals_(context, cli::ending_signals, [this](int number) { react(number); }),
      patience_(context) {}

void graceful_exit::react(int number) {
  const bool at_once = came_ != 0 || number == SIGQUIT;
  came_ = number;
  if (at_once) return raise_signal();
  io::hurry();  // so that no message keeps the rest of the work waiting
  patience_.expires_after(longest_drain);
  patience_.async_wait([this](std::error_code ended) {
    if (!ended) raise_signal();
  });
  stop_();
}

void graceful_exit::raise_signal() {
  if (came_ == 0) return;
  io::hurry();
  clean_up_();
  cli::end_by_signal(came_);
}

}  // namespace tools::recv
