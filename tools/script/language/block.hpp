// Blocks: a container with its subchunks on lines of their own.
#pragma once

#include <chunk/error.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <string_view>

namespace tools::script {

/// Says whether a line begins a block: it has the ID of a container, and ` {` at its end. There are
/// none in the chunk framing, whose contents may end like that.
bool begins_block(std::string_view line, const chunk::protocol& rules);

/// Removes the lines of a block from the front of `rest`, and adds them to `first`, the line before
/// them. A block without an end has all of them.
///
/// Returns: the number of lines
std::size_t take_block(std::string_view& first, std::string_view& rest,
                       const chunk::protocol& rules);

/// Reads a chunk to send, which may be a block with all its lines. What is long is gathered in a
/// temporary file.
///
/// Errors: errc::bad_notation, errc::bad_id, and the system's code for a file; `offending` is the
///         part of `text` to look at
/// Throws: spool_failure
/// Source: chunk(5), NOTATION; chunk-script(5), BLOCKS
chunk::result<chunk::image> encode_chunk(std::string_view text, const chunk::protocol& rules,
                                         chunk::completeness how, std::string_view& offending);

}  // namespace tools::script
