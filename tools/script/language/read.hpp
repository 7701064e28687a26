// Scripts from the command line: reading their files, and saying what is wrong with them.
#pragma once

#include "script/language/mistake.hpp"
#include "script/language/parser.hpp"

#include <string>
#include <vector>

namespace tools::script {

/// Reads arguments and the files at `paths`; "-" is standard input.
///
/// Throws: local_failure for a script that cannot be read
tl::expected<program, mistake> read_program(std::vector<std::string> arguments,
                                            const std::vector<std::string>& paths, role performer,
                                            bool as_test = false);

/// Says what is wrong on standard error, and gives the status to end with. A file that the script
/// names and that cannot be read is no fault of the script.
int refuse(const mistake& wrong);

}  // namespace tools::script
