// The work of chunk-recv.
#pragma once

namespace tools::recv {

/// Reads the command line, and receives one stream, or with --keep-open a stream from each client.
///
/// Returns: the exit status
int run(int argc, char** argv);

}  // namespace tools::recv
