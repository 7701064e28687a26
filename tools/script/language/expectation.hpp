// Special syntax in the text of an expected reply, and how to write a reply without it.
#pragma once

#include <chunk/framing.hpp>

#include <span>
#include <string>
#include <string_view>

namespace tools::script {

/// Gives NAME if the text is {NAME}, which matches any bytes and captures them. nullopt: it is not.
std::string_view captured_name(std::string_view text);

/// Writes a reply as an expectation that matches only the same chunk: a container by its subchunks,
/// if there are any.
std::string to_expectation(const chunk::chunk_view& reply,
                           std::span<const chunk::placed_chunk> subchunks);

}  // namespace tools::script
