#include "io/status_line.hpp"

#include "io/write.hpp"

#include <atomic>
#include <string>

namespace tools::io {
namespace {

std::atomic<bool> on_screen = false;

}  // namespace

void draw_status_line(std::string_view text) {
  write_error('\r' + std::string(text) + "\x1b[K");
  on_screen = true;
}

void erase_status_line() noexcept {
  if (on_screen.exchange(false)) write_error("\r\x1b[K");
}

}  // namespace tools::io
