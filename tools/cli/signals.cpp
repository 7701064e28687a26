#include "cli/signals.hpp"

#include <signal.h>

#include <system_error>
#include <utility>

namespace tools::cli {

bool is_ignored(int number) {
  struct sigaction present {};
  return ::sigaction(number, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

interruption::interruption(asio::io_context& context, std::function<void(int)> clean_up)
    : signals_(context) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(number)) signals_.add(number);
  }
  signals_.async_wait([clean_up = std::move(clean_up)](std::error_code aborted, int number) {
    if (aborted) return;
    clean_up(number);
    ::signal(number, SIG_DFL);
    ::raise(number);
  });
}

}  // namespace tools::cli
