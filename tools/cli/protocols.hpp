// The protocol that --protocol names: built in, or read from a file.
#pragma once

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <string>
#include <string_view>

namespace tools::cli {

class command_line;
class status_failure;
struct connection_options;

/// The ID of the request that asks whether a server is alive, and of its reply. Both are empty.
/// chunk-serve replies to it unless the protocol or a command does.
/// Source: chunk-send(1), --probe
inline constexpr chunk::id sign_of_life = [] {
  using namespace chunk::literals;
  return "NOOP"_id;
}();

/// Adds -p/--protocol with -p help, --list-protocols and --list-ids.
void add_protocol(command_line& line, std::string& out);

/// Adds -p help, and --list-protocols and --list-ids, from which completions are made. `chosen` is
/// the value of --protocol.
void add_protocol_lists(command_line& line, const std::string& chosen);

/// Adds --side.
void add_side(command_line& line, std::string& out,
              const char* help = "Say which side sent the stream: client or server");

/// Says who has sent the stream that a tool reads: the side that --side names or, if `given` is
/// empty, the peer of a connection. Nothing tells it of a file.
chunk::stream_side choose_side(const std::string& given, const connection_options& connection);

/// The protocol that the environment names for tools that are given none. Empty: none.
std::string protocol_of_environment();

/// Makes the failure of a tool that the protocol of the environment has failed.
status_failure blame_environment(const chunk::failure& why);

/// Finds a protocol: a built-in one, the one that guesses, or the one in a file. Without a name,
/// the one of the environment or, if there is none, the one that guesses.
///
/// Throws: failure with status usage if there is none or the file is invalid; local_failure if the
///         file cannot be read
/// Source: chunk-protocol(5), FILES
chunk::protocol choose_protocol(const std::string& name);

/// As did_you_mean(), about the IDs that the protocol has rules for.
std::string did_you_mean_id(std::string_view text, const chunk::protocol& rules);

/// Reads an ID that an option was given.
///
/// Errors: those of chunk::parse_id(); the detail ends with the ID that was probably meant
chunk::result<chunk::id> read_id(std::string_view text, const chunk::protocol& rules);

}  // namespace tools::cli
