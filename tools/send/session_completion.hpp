// What TAB offers in a session.
#pragma once

#include "io/line_editor.hpp"
#include "send/session.hpp"

#include <string_view>

namespace tools::send {

/// Completes the line before the cursor: actions, IDs of the protocol or of the session, subchunks
/// of a container, modifiers and fields of the header, names of values, and files.
io::completion complete_line(const session& in, std::string_view before);

}  // namespace tools::send
