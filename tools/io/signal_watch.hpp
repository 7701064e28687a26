// Signals, received one at a time while the event loop runs.
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include <signal.h>

#include <functional>
#include <span>

namespace tools::io {

/// Calls a function for each signal of a set while the context runs. Elsewhere the signals stay
/// pending, which wait_for_room() notices.
///
/// When it is destroyed, the signals have their default action again.
class signal_watch {
 public:
  /// Signals that were ignored when the process started, by nohup or a shell, stay ignored; SIGCHLD
  /// is received in any case. `react` is given the number of the signal.
  ///
  /// Throws: local_failure
  signal_watch(asio::io_context& context, std::span<const int> numbers,
               std::function<void(int)> react);
  ~signal_watch();
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;

 private:
  void wait();
  void receive();

  std::function<void(int)> react_;
  sigset_t set_{};
  sigset_t added_{};  // those of set_ that were not blocked before
  asio::posix::stream_descriptor from_;
};

}  // namespace tools::io
