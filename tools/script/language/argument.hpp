// What follows the name of an action: read into a step.
#pragma once

#include "script/language/step.hpp"
#include "script/language/variables.hpp"

#include <chunk/error.hpp>

#include <string_view>

namespace tools::script {

/// Reads the argument of a step whose type is set. Nothing in it varies any more.
///
/// Errors: errc::bad_notation, errc::bad_id, errc::bad_address, and the system's code for a file;
///         `offending` is the part of `text` to look at
chunk::result<void> parse_argument(step& out, std::string_view text, std::string_view& offending);

/// Gives a dynamic step as it is with the present values.
///
/// Errors: as parse_argument(), and those of the values
chunk::result<step> with_values(const step& from, variables& values);

}  // namespace tools::script
