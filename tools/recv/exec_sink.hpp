// A sink that runs a command for each chunk.
#pragma once

#include "io/child.hpp"
#include "io/output.hpp"
#include "recv/sink.hpp"

#include <chunk/framing.hpp>

#include <asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace tools::recv {

/// Those of the command, two files, and the ends of its pipes that are open while it starts.
inline constexpr std::uint64_t descriptors_of_a_job = io::descriptors_of_child + 2 + 2;

/// Chosen: more than any machine can run; the limit of descriptors is usually lower.
inline constexpr std::uint64_t most_jobs = 10'000;

struct exec_options {
  chunk::framing framing{};  ///< its fields become variables
  std::string command;
  std::size_t jobs = 1;         ///< commands at the same time, if there are enough descriptors
  bool unordered = false;       ///< write outputs in the order in which the commands end
  bool fail_fast = false;       ///< exit at the first failure
  bool with_headers = false;    ///< pass whole chunks to commands, not only payloads
  bool verbose = false;         ///< report each failure
  std::uint64_t spool_max = 0;  ///< limit in bytes of temporary files, for payloads and outputs
};

/// Makes a sink that runs a command by `sh -c` for each chunk, with the chunk on its standard
/// input. The output of each command is written in one piece to `out`, which has to outlive the
/// sink.
///
/// Source: chunk-recv(1), --exec
std::unique_ptr<sink> make_exec_sink(asio::io_context& context, exec_options options,
                                     io::output& out);

}  // namespace tools::recv
