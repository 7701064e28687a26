// Files that a script names, as a whole.
#pragma once

#include <chunk/error.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace script {

/// Gives the contents of a file; "-" is standard input.
///
/// Errors: the system's code
chunk::result<std::vector<std::byte>> load_file(const std::string& path);

}  // namespace script
