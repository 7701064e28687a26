// The protocol that a tool is told to follow: built in, or from a file.
#pragma once

#include <chunk/protocol.hpp>

#include <string>

namespace tools::cli {

class command_line;

/// Adds -p/--protocol.
void add_protocol(command_line& line, std::string& out);

/// Gives the protocol of that name: a built-in one, the one that guesses, or that of a file.
///
/// Throws: failure with status usage when there is none or its file is not one; local_failure when
///         the file cannot be read
/// Source: chunk-protocol(5), FILES
chunk::protocol choose_protocol(const std::string& name);

}  // namespace tools::cli
