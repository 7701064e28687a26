// Checks that each connection of a program is open when it is used.
#pragma once

#include "script/language/step.hpp"

namespace tools::script {

/// Finds the first step that uses a connection which nothing before it has opened. `has_peer` says
/// that the unnamed connection is open from the beginning.
///
/// In a program that is no test, steps that only send need no connection: they write to standard
/// output.
///
/// Returns: nullptr: there is no such step
const step* find_unconnected(const program& all, bool has_peer);

}  // namespace tools::script
