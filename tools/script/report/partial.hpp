// How what has arrived of a reply is shown, and what is said of its stream.
#pragma once

#include <chunk/framing.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace tools::script {

/// Shows what there is of a chunk that is not whole: "7 of 8 header bytes: 45 43 48 ...".
std::string show_partial(const chunk::framing& how, std::span<const std::byte> bytes);

/// Leaves `name`, of a stream, out of a message about it: the report names the peer itself.
std::string without_subject(std::string reason, const std::string& name);

}  // namespace tools::script
