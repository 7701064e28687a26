// Access rules as they are written on the command line.
#pragma once

#include <chunk/net/access.hpp>

#include <string>

namespace tools::serve {

/// Reads "uid=N", "gid=N", "user=NAME", "group=NAME", "cert=NAME", a network or an address.
///
/// Throws: failure with status usage, also for an unknown user or group
chunk::net::access_rule parse_access_rule(const std::string& text, bool allows);

}  // namespace tools::serve
