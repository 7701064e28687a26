#include "cli/terminal.hpp"

#include "io/output.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace tools::cli {
namespace {

/// Gives an environment variable, empty where it is not set.
std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

void add_color(CLI::App& app, std::string& out) {
  app.add_option("--color", out, "Colour the output: auto, always or never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str()
      ->group("Input/Output");
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
