// Scripts from the command line: reads their files, and reports mistakes.
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

/// Reports a mistake on standard error, and gives the exit status. An unreadable file that a script
/// names is not a mistake in the script.
int refuse(const mistake& wrong);

}  // namespace tools::script
