// The line of --progress on a terminal, which is redrawn in place and removed for other output.
#pragma once

#include <string_view>

namespace tools::io {

/// Says whether the terminal on standard error is this job's, and not another one's in the
/// foreground.
bool owns_terminal() noexcept;

/// Draws the status line on standard error, replacing the previous one, unless another job owns the
/// terminal. `text` has to fit its width.
void draw_status_line(std::string_view text);

/// Removes the status line, if there is one. To be called before writing anything else to the
/// terminal.
void erase_status_line() noexcept;

}  // namespace tools::io
