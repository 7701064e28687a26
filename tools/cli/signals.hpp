// Signals that end a tool.
#pragma once

#include "io/signal_hold.hpp"
#include "io/signal_watch.hpp"

#include <chunk/net/endpoint.hpp>

#include <asio/io_context.hpp>

#include <signal.h>

#include <array>
#include <functional>

namespace tools::cli {

/// The signals that ask a tool to end.
inline constexpr std::array ending_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/// Ends the process by a signal, and all commands that it has started by SIGTERM. Process 1, which
/// a signal cannot end, exits with the status that a shell gives to such an end.
[[noreturn]] void end_by_signal(int number);

/// Makes the signals that ask a tool to end do so also where whoever has started it blocks them,
/// and in process 1, for which the kernel ignores them otherwise. Those that are ignored stay so.
void let_signals_end();

/// Says whether listening there makes a socket file.
bool makes_file(const chunk::net::endpoint& where);

/// Holds the signals that ask a tool to end while it listens there, if that makes a socket file.
class file_hold : public io::signal_hold {
 public:
  explicit file_hold(const chunk::net::endpoint& where);
};

/// While it lives, end_by_signal() calls a function first, which is given the number of the signal.
/// Those of several are called in the reverse order of their construction.
class last_act {
 public:
  explicit last_act(std::function<void(int)> act);
  ~last_act();
  last_act(const last_act&) = delete;
  last_act& operator=(const last_act&) = delete;

 private:
  friend void end_by_signal(int number);

  std::function<void(int)> act_;
};

/// While it lives, a signal that ends the process calls `clean_up` first. Ignored signals stay
/// ignored. There may be several at a time.
class interruption {
 public:
  /// `clean_up` is given the number of the signal.
  interruption(asio::io_context& context, std::function<void(int)> clean_up);

 private:
  last_act clean_up_;
  io::signal_watch signals_;
};

}  // namespace tools::cli
