#include "serve/signals.hpp"

#include "cli/signals.hpp"

#include <signal.h>
#include <string.h>

#include <system_error>

namespace tools::serve {

signals::signals(asio::io_context& context, log& log, service_manager& manager,
                 std::function<void()> drain)
    : log_(log), manager_(manager), drain_(std::move(drain)), set_(context) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) {
    if (!cli::is_ignored(number)) set_.add(number);
  }
  wait();
}

void signals::drain(const std::string& by) {
  if (std::exchange(draining_, true)) return;
  set_.remove(SIGINT);
  set_.remove(SIGTERM);
  log_.write(record(level::info, "drain").add("by", by).stands_out());
  manager_.stopping();
  drain_();
}

void signals::wait() {
  set_.async_wait([this](std::error_code aborted, int number) {
    if (aborted) return;
    if (number == SIGHUP) {
      read_certificates();
    } else if (number == SIGUSR1) {
      if (report_) report_();
    } else {
      drain(std::string("SIG") + ::sigabbrev_np(number));
    }
    wait();
  });
}

void signals::read_certificates() {
  manager_.reloading();
  try {
    if (tls_) tls_->reload();
    record entry(level::info, "reload");
    log_.write(entry.add("certificates", tls_ ? "read" : "none").stands_out());
  } catch (const chunk::failure& reason) {
    record entry(level::error, "reload");
    log_.write(entry.add("certificates", "kept").add("reason", reason.what()).stands_out());
  }
  manager_.ready();
}

}  // namespace tools::serve
