// The terminal on standard output: its colours, its characters and its width.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <string>

namespace tools::cli {

class command_line;

/// Adds --color.
void add_color(command_line& line, std::string& out);

/// Says whether to colour what is written to a standard stream, where `choice` is the value of
/// --color. With "auto", a terminal with colours is coloured; NO_COLOR forbids and CLICOLOR_FORCE
/// demands it anywhere.
bool wants_color(const std::string& choice, int stream = STDOUT_FILENO);

/// Adds --utf8.
void add_utf8(command_line& line, std::string& out);

/// Says whether to write characters beyond ASCII to standard output, where `choice` is the value of
/// --utf8. With "auto", a terminal gets them in a locale with UTF-8. If they are wanted, sets
/// LC_CTYPE of the process to such a locale.
bool wants_utf8(const std::string& choice);

/// The columns of the terminal.
///
/// Returns: 0 if standard output is not a terminal
std::size_t terminal_columns();

}  // namespace tools::cli
