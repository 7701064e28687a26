// Arguments and script files: read completely before anything is done.
#pragma once

#include "script/language/mistake.hpp"
#include "script/language/step.hpp"

#include <chunk/error.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tools::script {

struct script_file {
  std::string name;
  std::string text;
};

/// What a program is made of, in this order.
struct sources {
  std::vector<std::string> arguments;  ///< an action each
  std::vector<script_file> files;
  shared_protocol rules = no_rules();        ///< with the side that sends
  std::uint64_t most_value = longest_value;  ///< bytes
};

/// Who performs a program.
enum class role {
  client,     ///< over the connections that the program opens itself
  connected,  ///< the same, and there is a peer from the beginning
  server,     ///< over one connection that a client has opened
};

/// Reads a program and checks it: notation, names, nesting, connections. The files that it names
/// are loaded.
///
/// Without a test-case, all texts together are one case. Otherwise each file has its own cases, and
/// arguments that are allowed in a setup are performed before each file.
///
/// With `as_test` it is one whatever it consists of.
///
/// Source: chunk-script(5)
tl::expected<program, mistake> parse(const sources& from, role performer, bool as_test = false);

}  // namespace tools::script
