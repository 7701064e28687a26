// Shows incomplete replies, and messages about their stream.
#pragma once

#include <chunk/framing.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace tools::script {

/// Shows an incomplete chunk: "7 of 8 header bytes: 45 43 48 ...".
std::string show_partial(const chunk::framing& how, std::span<const std::byte> bytes);

/// Removes the name of a stream from a message about it, since the report names the peer.
std::string without_subject(std::string reason, const std::string& name);

}  // namespace tools::script
