#include "io/status_line.hpp"

#include <unistd.h>

#include <atomic>
#include <string>

namespace tools::io {
namespace {

std::atomic<bool> on_screen = false;

void write_error(std::string_view text) {
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

void draw_status_line(std::string_view text) {
  write_error('\r' + std::string(text) + "\x1b[K");
  on_screen = true;
}

void erase_status_line() noexcept {
  if (on_screen.exchange(false)) write_error("\r\x1b[K");
}

}  // namespace tools::io
