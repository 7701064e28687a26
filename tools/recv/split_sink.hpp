// A file for each chunk.
#pragma once

#include "recv/sink.hpp"

#include <memory>
#include <string_view>

namespace tools::recv {

/// Makes a sink that writes the payload of each chunk, or the chunk as it came, to a file. Its name
/// is the template with {index}, {id} and {time} replaced; it never has a slash from a chunk.
///
/// Throws: failure with status usage for a template that is wrong; local_failure when there is no
///         such directory
/// Source: chunk-recv(1), --split
std::unique_ptr<sink> make_split_sink(std::string_view name_template, bool with_headers);

}  // namespace tools::recv
