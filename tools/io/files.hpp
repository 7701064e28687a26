// Files that a script names.
#pragma once

#include <chunk/error.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace tools::io {

/// Reads a whole file; "-" is standard input.
///
/// Errors: the system's code
chunk::result<std::vector<std::byte>> load_file(const std::string& path);

/// Checks that a file exists and is readable, without opening it.
///
/// Errors: the system's code
chunk::result<void> check_readable(const std::string& path);

}  // namespace tools::io
