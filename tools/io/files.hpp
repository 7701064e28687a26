// Files of input.
#pragma once

#include <chunk/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
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

/// Gives the encoding whose byte order mark a text begins with, such as "UTF-8". Empty: none.
std::string_view byte_order_mark(std::string_view text);

}  // namespace tools::io
