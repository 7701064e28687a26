// Shows one stream: from its transport to a formatter.
#pragma once

#include "format/formatter.hpp"
#include "format/index_range.hpp"
#include "io/output.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>

#include <cstdint>
#include <limits>

namespace tools::dump {

struct show_options {
  format::format_options how;
  std::uint64_t max_chunk = chunk::no_limit;
  std::uint64_t count =
      std::numeric_limits<std::uint64_t>::max();  ///< end after this number of chunks
  format::index_range range{};                    ///< which of the chosen chunks
  std::uint64_t chosen = 0;  ///< chunks of the streams before, which count in the range
  std::uint64_t offset = 0;  ///< stream offset to begin at
  bool resync = false;       ///< continue after a wrong length
  bool quiet = false;        ///< report only failures
};

/// The result of showing a stream.
struct show_result {
  bool whole = true;           ///< it ended between two chunks, and none was faulty
  std::uint64_t shown = 0;     ///< chunks
  std::uint64_t chosen = 0;    ///< chunks, in the range or not
  std::uint64_t findings = 0;  ///< of a format that reports findings
};

/// Shows a stream to its end, each chunk as soon as it has arrived. Faults are reported on standard
/// error, unless the format reports findings.
///
/// Throws: failure of the transport; local_failure of standard output
asio::awaitable<show_result> show(chunk::net::transport& from, const show_options& opt,
                                  io::output& out);

}  // namespace tools::dump
