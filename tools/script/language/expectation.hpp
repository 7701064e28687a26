// What is special in the text of an expected reply, and how a reply is written that has none of it.
#pragma once

#include <chunk/framing.hpp>

#include <span>
#include <string>
#include <string_view>

namespace tools::script {

/// Gives NAME of {NAME}, which stands for any bytes and gives them that name; otherwise nothing.
std::string_view captured_name(std::string_view text);

/// Writes a reply so that only this very chunk is what is expected: a container by its subchunks,
/// if there are any.
std::string to_expectation(const chunk::chunk_view& reply,
                           std::span<const chunk::placed_chunk> subchunks);

}  // namespace tools::script
