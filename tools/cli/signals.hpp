// Signals that end a tool.
#pragma once

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <functional>

namespace tools::cli {

/// Says whether the process was started with a signal ignored, by nohup or a shell. Such a signal
/// is to stay ignored.
bool is_ignored(int signal);

/// While it lives, a signal that ends the process calls `clean_up` first. Ignored signals stay
/// ignored.
class interruption {
 public:
  /// `clean_up` is given the number of the signal.
  interruption(asio::io_context& context, std::function<void(int)> clean_up);

 private:
  asio::signal_set signals_;
};

}  // namespace tools::cli
