// Scripts from the command line: reads their files, and reports mistakes.
#pragma once

#include "script/language/mistake.hpp"
#include "script/language/parser.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tools::script {

/// What is special about the reading of a program.
struct read_options {
  bool as_test = false;             ///< it is a test, whatever it consists of
  bool may_be_blank = false;        ///< an expect that says nothing is no mistake
  continuation* session = nullptr;  ///< as in sources
};

/// Reads arguments and the files at `paths`; "-" is standard input. `most_value` is the most bytes
/// of a value.
///
/// Throws: local_failure for a script that cannot be read; failure with status usage if standard
///         input is named twice
tl::expected<program, mistake> read_program(std::vector<std::string> arguments,
                                            const std::vector<std::string>& paths, role performer,
                                            shared_protocol rules, std::uint64_t most_value,
                                            const read_options& how = {});

/// Prints the remarks on a program on standard error.
void tell_remarks(const program& all);

/// Reports a mistake on standard error, and gives the exit status. An unreadable file that a script
/// names is not a mistake in the script.
int refuse(const mistake& wrong);

}  // namespace tools::script
