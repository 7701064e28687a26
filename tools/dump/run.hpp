// The work of chunk-dump.
#pragma once

namespace tools::dump {

/// Reads the command line, and shows files, a connection or the traffic through a tap, as the
/// options say.
///
/// Returns: the exit status
int run(int argc, char** argv);

}  // namespace tools::dump
