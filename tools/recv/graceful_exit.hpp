// Ending a tool by a signal without losing data that it holds.
#pragma once

#include "io/signal_watch.hpp"

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <functional>

namespace tools::recv {

/// At the first signal, gives work in progress at most ten seconds to finish. At the second, and at
/// SIGQUIT, ends the process at once.
class graceful_exit {
 public:
  /// `stop` is called at the first signal, and has to make the owner call raise_signal() when all
  /// work is done. `clean_up` is called just before the process ends.
  graceful_exit(asio::io_context& context, std::function<void()> stop,
                std::function<void()> clean_up);

  /// Ends the process by the signal that was received, if any.
  void raise_signal();

 private:
  void react(int number);

  std::function<void()> stop_;
  std::function<void()> clean_up_;
  io::signal_watch signals_;
  asio::steady_timer patience_;
  int came_ = 0;
};

}  // namespace tools::recv
