// How a tool that holds something ends by a signal.
#pragma once

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include <functional>

namespace tools::recv {

/// Lets what is under way finish at the first signal, for ten seconds at most, and ends the process
/// at the second.
class graceful_exit {
 public:
  /// `stop` is to have say_it() called once all is done; `clean_up` comes right before the end.
  graceful_exit(asio::io_context& context, std::function<void()> stop,
                std::function<void()> clean_up);

  /// Ends the process by the signal that came, if one did.
  void raise_signal();

 private:
  void wait();

  std::function<void()> stop_;
  std::function<void()> clean_up_;
  asio::signal_set signals_;
  asio::steady_timer patience_;
  int came_ = 0;
};

}  // namespace tools::recv
