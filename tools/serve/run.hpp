// The work of chunk-serve.
#pragma once

namespace tools::serve {

/// Reads the command line, and answers requests, or performs --script with each client, until it is
/// stopped.
///
/// Returns: the exit status
int run(int argc, char** argv);

}  // namespace tools::serve
