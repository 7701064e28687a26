// The protocol that --protocol names: built in, or read from a file.
#pragma once

#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <string>

namespace tools::cli {

class command_line;

/// The ID of the request that asks whether a server is alive, and of its reply. Both are empty.
/// chunk-serve replies to it unless the protocol or a command does.
/// Source: chunk-send(1), --probe
inline constexpr chunk::id sign_of_life = [] {
  using namespace chunk::literals;
  return "NOOP"_id;
}();

/// Adds -p/--protocol, --list-protocols and --list-ids.
void add_protocol(command_line& line, std::string& out);

/// Adds --list-protocols and --list-ids, from which completions are made. `chosen` is the value of
/// --protocol.
void add_protocol_lists(command_line& line, const std::string& chosen);

/// Finds a protocol: a built-in one, the one that guesses, or the one in a file.
///
/// Throws: failure with status usage if there is none or the file is invalid; local_failure if the
///         file cannot be read
/// Source: chunk-protocol(5), FILES
chunk::protocol choose_protocol(const std::string& name);

}  // namespace tools::cli
