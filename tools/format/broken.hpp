// Bytes in containers that are not a chunk.
#pragma once

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <optional>

namespace tools::format {

/// Says why bytes in a container are not a chunk: the bytes of a fragment, of which `stray` says
/// so, or the first ones in a container that the fragment has whole. In the chunk framing
/// containers are chunks like others, however long they are.
///
/// Returns: nullopt if there are none, or if they continue those of the fragment before
std::optional<chunk::error> find_broken(const chunk::protocol& rules, const chunk::fragment& given,
                                        const chunk::error* stray);

}  // namespace tools::format
