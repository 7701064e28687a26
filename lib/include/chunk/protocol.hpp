// Particular protocols: which chunks contain subchunks.
#pragma once

#include <chunk/codec.hpp>
#include <chunk/error.hpp>
#include <chunk/id.hpp>

#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)

namespace chunk {

/// What is known of the chunks of one protocol.
struct protocol {
  std::string name;
  std::vector<chunk::id> containers;  ///< IDs of the chunks that contain subchunks
  bool guesses = false;               ///< take for a container whatever looks like one
};

/// Knows of no containers, but takes for one a payload that printable subchunks fill exactly.
const protocol& guessing_protocol();

/// Gives the built-in protocol of that name: `example` or `none`.
///
/// Errors: errc::bad_protocol when there is no such protocol
result<protocol> find_protocol(std::string_view name);

/// How a chunk came to be taken for a container, or not.
enum class nesting {
  plain,     ///< contains no subchunks
  declared,  ///< the protocol says so
  guessed,   ///< it looks like it
  broken,    ///< the protocol says so, but the subchunks do not fill it
};

/// A chunk taken apart.
struct opened {
  nesting how = nesting::plain;
  std::vector<view> subchunks;  ///< empty when plain or broken
  error fault;                  ///< when broken
};

/// Takes a whole chunk apart as `rules` has it.
opened open(const protocol& rules, const view& chunk);

}  // namespace chunk

#pragma GCC visibility pop
