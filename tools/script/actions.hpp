// What chunk-send can be told to do, read from arguments and scripts.
#pragma once

#include <chunk/codec.hpp>
#include <chunk/deadline.hpp>
#include <chunk/error.hpp>
#include <chunk/notation.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace script {

/// One step.
struct action {
  enum class kind {
    send,             ///< ID:contents: send a chunk
    request,          ///< request:ID:contents: send it, read one reply, print it
    request_decoded,  ///< requestd: the same, the reply's subchunks decoded
    expect,           ///< expect:ID[:contents]: read one reply, which must be this chunk
    raw_send,         ///< raw-send:bytes: send bytes as they are
    raw_receive,      ///< raw-receive:N: read N bytes as they are, print them
    delay,            ///< delay:SECONDS
  };

  kind type = kind::send;
  chunk::image bytes;         ///< to send
  chunk::image wanted;        ///< of expect: the reply
  bool any_contents = false;  ///< of expect: only the ID matters
  std::size_t count = 0;      ///< of raw_receive
  chunk::duration pause{};    ///< of delay
  std::string text;           ///< as the user wrote it

  /// Says whether the step waits for something from the peer.
  bool reads() const;

  /// Says whether a reply is what expect names.
  bool matches(const chunk::view& reply) const;
};

/// Reads one action. The files it names are loaded at once, so that nothing is sent when one is
/// missing.
///
/// Errors: errc::bad_notation, errc::bad_id; the system's code for a file
/// Source: chunk-send(1), ACTIONS
chunk::result<action> parse_action(std::string_view text);

/// Reads a script: an action a line, blanks around it ignored, lines that begin with # as well.
///
/// Errors: as parse_action(), the detail beginning with "name:line: "
chunk::result<std::vector<action>> parse_script(std::string_view text, const std::string& name);

/// Gives the contents of a file; "-" is standard input.
///
/// Errors: the system's code
chunk::result<std::vector<std::byte>> load_file(const std::string& path);

}  // namespace script
