#include "io/status_line.hpp"

#include "io/write.hpp"

#include <unistd.h>

#include <atomic>
#include <string>

namespace tools::io {
namespace {

std::atomic<bool> on_screen = false;

}  // namespace

bool owns_terminal() noexcept {
  const auto foreground = ::tcgetpgrp(STDERR_FILENO);
  return foreground < 0 || foreground == ::getpgrp();
}

void draw_status_line(std::string_view text) {
  if (!owns_terminal()) return;
  write_error('\r' + std::string(text) + "\x1b[K");
  on_screen = true;
}

void erase_status_line() noexcept {
  if (owns_terminal() && on_screen.exchange(false)) write_error("\r\x1b[K");
}

}  // namespace tools::io
