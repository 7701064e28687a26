// All the actions of a script, by their names.
#pragma once

#include "script/actions/action.hpp"

#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace tools::script {

/// Those that send. The first of them is a chunk, which has no name.
std::span<const action> send_actions();

/// Those that wait for something from the peer.
std::span<const action> expect_actions();

/// Those that open and end connections.
std::span<const action> connection_actions();

/// Times, values, blocks and cases.
std::span<const action> flow_actions();

/// Commands and servers.
std::span<const action> process_actions();

/// All of them, group by group.
std::array<std::span<const action>, 5> all_actions();

/// The action that sends a chunk.
const action& chunk_action();

/// Returns: nullptr: there is no action of that name
const action* find_action(std::string_view name);

/// Finds the action that a line or an argument begins with, up to a colon.
///
/// Returns: nullptr: it begins with something else, such as an ID
const action* action_of(std::string_view text);

/// The names of all actions, without those that are a modifier of another.
std::vector<std::string_view> names_of_actions();

}  // namespace tools::script
