#include "cli/terminal.hpp"

#include "cli/command_line.hpp"
#include "io/output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace tools::cli {
namespace {

/// The value of an environment variable, empty if it is not set.
std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

void add_color(command_line& line, std::string& out) {
  line.group("Input/Output")
      .text("--color WHEN", out, "Colour the output: auto, always or never")
      .choices({"auto", "always", "never"})
      .shows_default();
}

bool wants_color(const std::string& choice) {
  if (choice != "auto") return choice == "always";
  if (!environment("NO_COLOR").empty()) return false;
  const auto forced = environment("CLICOLOR_FORCE");
  if (!forced.empty() && forced != "0") return true;
  const auto terminal = environment("TERM");
  return io::output::is_terminal() && !terminal.empty() && terminal != "dumb";
}

std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

}  // namespace tools::cli
