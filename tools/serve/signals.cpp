#include "serve/signals.hpp"

#include "cli/signals.hpp"

#include <signal.h>
#include <string.h>

#include <array>
#include <new>
#include <utility>

namespace tools::serve {
namespace {

constexpr std::array watched{SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1};

}  // namespace

signals::signals(asio::io_context& context, log& log, service_manager& manager,
                 std::function<void()> drain)
    : log_(log),
      manager_(manager),
      drain_(std::move(drain)),
      set_(context, watched, [this](int number) { react(number); }) {}

void signals::drain(const std::string& by) {
  if (std::exchange(draining_, true)) return;
  log_.write(record(level::info, "drain").add("by", by).stands_out());
  manager_.stopping();
  drain_();
}

void signals::react(int number) {
  if (number == SIGHUP) return read_certificates();
  if (number == SIGUSR1) {
    if (report_) report_();
    return;
  }
  if (draining_ || number == SIGQUIT) {
    log_.flush();
    cli::end_by_signal(number);
  }
  drain(std::string("SIG") + ::sigabbrev_np(number));
}

void signals::read_certificates() {
  manager_.reloading();
  try {
    if (tls_) tls_->reload();
    record entry(level::info, "reload");
    log_.write(entry.add("certificates", tls_ ? "read" : "none").stands_out());
  } catch (const std::bad_alloc&) {
    record entry(level::error, "reload");
    log_.write(entry.add("certificates", "kept").add("reason", "out of memory").stands_out());
  } catch (const chunk::failure& reason) {
    record entry(level::error, "reload");
    log_.write(entry.add("certificates", "kept").add("reason", reason.what()).stands_out());
  }
  manager_.ready();
}

}  // namespace tools::serve
