// The list of all actions, for users and for programs.
#pragma once

#include <string>

namespace tools::script {

/// A line for each action: its name, what follows it, and what it does, with tabs between them. The
/// first one, which has no name, is a chunk.
std::string list_of_actions();

}  // namespace tools::script
