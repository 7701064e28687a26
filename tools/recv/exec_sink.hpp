// A command for each chunk.
#pragma once

#include "io/output.hpp"
#include "recv/sink.hpp"

#include <asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace tools::recv {

/// Two pipes, two files, the process, and what it has of them while it starts.
inline constexpr std::uint64_t descriptors_of_a_job = 8;

/// Chosen: more than any machine runs; the descriptors usually allow fewer.
inline constexpr std::uint64_t most_jobs = 10'000;

struct exec_options {
  std::string command;
  std::size_t jobs = 1;         ///< commands at one time, as far as descriptors allow
  bool unordered = false;       ///< their output comes as they end
  bool fail_fast = false;       ///< the first that fails ends the tool
  bool with_headers = false;    ///< they are given chunks as they came
  bool verbose = false;         ///< each failure is told
  std::uint64_t spool_max = 0;  ///< bytes in files, of payloads and of what commands print
};

/// Makes a sink that has `sh -c` run a command with each chunk on its standard input. What commands
/// print appears whole, by `out`, which outlives the sink.
///
/// Source: chunk-recv(1), --exec
std::unique_ptr<sink> make_exec_sink(asio::io_context& context, exec_options options,
                                     io::output& out);

}  // namespace tools::recv
