// The list of all actions, for users and for programs.
#pragma once

#include <string>

namespace tools::script {

/// A line for each action with its name, its argument and what it does, separated by tabs. The
/// first one, which has no name, is a chunk.
std::string list_of_actions();

}  // namespace tools::script
