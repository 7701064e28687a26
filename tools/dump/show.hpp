// One stream, from its transport into a formatter.
#pragma once

#include "format/formatter.hpp"
#include "io/output.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>

#include <cstdint>
#include <limits>

namespace tools::dump {

struct show_options {
  format::format_options how;
  std::uint32_t max_chunk = chunk::max_length;
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();  ///< end after so many chunks
  std::uint64_t offset = 0;                                         ///< begin there
  bool resync = false;                                              ///< go on behind a wrong length
};

/// What came of a stream.
struct show_result {
  bool whole = true;           ///< it ended between two chunks, and none was wrong
  std::uint64_t shown = 0;     ///< chunks
  std::uint64_t findings = 0;  ///< of a format that judges
};

/// Shows a stream to its end, each chunk as soon as it is there. Faults are told on standard error,
/// unless the format judges.
///
/// Throws: failure of the transport; local_failure of standard output
asio::awaitable<show_result> show(chunk::net::transport& from, const show_options& opt,
                                  io::output& out);

}  // namespace tools::dump
