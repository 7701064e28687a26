// A sink that writes a file for each chunk.
#pragma once

#include "recv/sink.hpp"

#include <memory>
#include <string_view>

namespace tools::recv {

/// Makes a sink that writes the payload of each chunk, or the whole chunk, to a file. The name of
/// the file is the template with {index}, {id} and {time} replaced; an ID never adds a slash. With
/// `synchronized` each is on the disk before the next chunk is taken.
///
/// Throws: failure with status usage for an invalid template; local_failure if there is no such
///         directory
/// Source: chunk-recv(1), --split
std::unique_ptr<sink> make_split_sink(std::string_view name_template, bool with_headers,
                                      bool synchronized);

}  // namespace tools::recv
