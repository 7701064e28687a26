// The line on a terminal that changes in place, and that everything else has to make way for.
#pragma once

#include <string_view>

namespace tools::io {

/// Shows `text`, which fits the terminal's width, in place of the status line on standard error.
void draw_status_line(std::string_view text);

/// Removes the status line, if there is one. Whatever is written to the terminal comes after it.
void erase_status_line() noexcept;

}  // namespace tools::io
