// The protocol that a tool is told to follow: built in, or from a file.
#pragma once

#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <string>

namespace tools::cli {

class command_line;

/// What a client sends to learn whether a server is alive, and a server sends back: an empty chunk.
/// chunk-serve answers it itself where neither the protocol nor a command does.
/// Source: chunk-send(1), --probe
inline constexpr chunk::id sign_of_life = [] {
  using namespace chunk::literals;
  return "NOOP"_id;
}();

/// Adds -p/--protocol, and the lists.
void add_protocol(command_line& line, std::string& out);

/// Adds --list-protocols and --list-ids, from which completions are made. `chosen` is the value of
/// --protocol.
void add_protocol_lists(command_line& line, const std::string& chosen);

/// Gives the protocol of that name: a built-in one, the one that guesses, or that of a file.
///
/// Throws: failure with status usage when there is none or its file is not one; local_failure when
///         the file cannot be read
/// Source: chunk-protocol(5), FILES
chunk::protocol choose_protocol(const std::string& name);

}  // namespace tools::cli
