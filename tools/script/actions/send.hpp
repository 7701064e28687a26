// Sends the bytes of a step, for actions that also wait for a reply.
#pragma once

#include "script/actions/action.hpp"

namespace tools::script {

/// ID[:contents] as a chunk.
chunk::result<argument> parse_chunk_to_send(argument_text& from);

/// Buffers the bytes of a step, or writes them.
remaining_work send_chunk(stage& by, const step& now);

}  // namespace tools::script
