// Whether each connection of a program is there when it is used.
#pragma once

#include "script/language/step.hpp"

namespace tools::script {

/// Gives the first step that uses a connection which nobody has opened, or nothing. `has_peer` says
/// that the one without a name is there from the beginning.
///
/// In a program that is no test, steps that only send can do without: they write to standard
/// output.
const step* find_unconnected(const program& all, bool has_peer);

}  // namespace tools::script
