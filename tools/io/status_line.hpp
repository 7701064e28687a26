// The line of --progress on a terminal, which is redrawn in place and removed for other output.
#pragma once

#include <string_view>

namespace tools::io {

/// Draws the status line on standard error, replacing the previous one. `text` has to fit the width
/// of the terminal.
void draw_status_line(std::string_view text);

/// Removes the status line, if there is one. To be called before writing anything else to the
/// terminal.
void erase_status_line() noexcept;

}  // namespace tools::io
