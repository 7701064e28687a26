// Signals that end a tool.
#pragma once

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <functional>

namespace tools::cli {

/// Says whether nohup or a shell had us ignore a signal, so that it stays ignored.
bool is_ignored(int signal);

/// Ends the process by a signal that is not ignored, after `clean_up`, unless it is destroyed
/// first.
class interruption {
 public:
  /// `clean_up` is given the signal.
  interruption(asio::io_context& context, std::function<void(int)> clean_up);

 private:
  asio::signal_set signals_;
};

}  // namespace tools::cli
