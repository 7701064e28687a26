// What is known of the terminal that standard output may be.
#pragma once

#include <cstddef>
#include <string>

namespace tools::cli {

class command_line;

/// Adds --color.
void add_color(command_line& line, std::string& out);

/// Says whether to colour standard output. By default only a terminal that knows colours, and
/// nothing where NO_COLOR is set; CLICOLOR_FORCE colours whatever it is.
bool wants_color(const std::string& choice);

/// Gives the columns of the terminal, or 0 where standard output is none.
std::size_t terminal_columns();

}  // namespace tools::cli
