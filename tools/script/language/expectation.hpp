// Special syntax in the text of an expected reply, and how to write a reply without it.
#pragma once

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tools::script {

/// Gives NAME if the text is {NAME}, which matches any bytes and captures them. nullopt: it is not.
std::string_view captured_name(std::string_view text);

/// Writes a reply in the framing `how` as an expectation that matches only the same chunk. Fields
/// that have their defaults are not compared.
///
/// Returns: nullopt if its header has a form that the notation has no words for
std::optional<std::string> to_expectation(const chunk::placed_chunk& reply,
                                          const chunk::protocol& rules, const chunk::framing& how);

}  // namespace tools::script
