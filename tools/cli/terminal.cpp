#include "cli/terminal.hpp"

#include "cli/command_line.hpp"
#include "io/output.hpp"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <string_view>

namespace tools::cli {
namespace {

/// The value of an environment variable, empty if it is not set.
std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// Sets LC_CTYPE; an empty name stands for the locale of the environment. Returns: whether that is
/// a locale with UTF-8
bool set_utf8_locale(const char* name) {
  return std::setlocale(LC_CTYPE, name) != nullptr &&
         ::nl_langinfo(CODESET) == std::string_view("UTF-8");
}

}  // namespace

void add_color(command_line& line, std::string& out) {
  line.group("Input/Output")
      .text("--color WHEN", out, "Colour the output: auto, always or never")
      .choices({"auto", "always", "never"})
      .shows_default();
}

bool wants_color(const std::string& choice, int stream) {
  if (choice != "auto") return choice == "always";
  if (!environment("NO_COLOR").empty()) return false;
  const auto forced = environment("CLICOLOR_FORCE");
  if (!forced.empty() && forced != "0") return true;
  const auto terminal = environment("TERM");
  return ::isatty(stream) == 1 && !terminal.empty() && terminal != "dumb";
}

void add_utf8(command_line& line, std::string& out) {
  line.group("Format")
      .text("--utf8 WHEN", out, "Show UTF-8 as it is: auto, always or never")
      .choices({"auto", "always", "never"})
      .shows_default();
}

bool wants_utf8(const std::string& choice) {
  const bool always = choice == "always";
  if (!always && (choice == "never" || !io::output::is_terminal())) return false;
  if (set_utf8_locale("")) return true;
  return always && set_utf8_locale("C.UTF-8");
}

std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

}  // namespace tools::cli
