// The work of chunk-send.
#pragma once

namespace tools::send {

/// Reads the command line, and sends chunks from actions or standard input, or tests or probes a
/// peer, as the options say.
///
/// Returns: the exit status
int run(int argc, char** argv);

}  // namespace tools::send
