// A stream on standard output, in one of the formats.
#pragma once

#include "format/formatter.hpp"
#include "io/output.hpp"
#include "recv/sink.hpp"

#include <memory>

namespace tools::recv {

/// Makes a sink that writes to standard output, by `out`, which outlives it.
std::unique_ptr<sink> make_stream_sink(const format::format_options& how, io::output& out);

}  // namespace tools::recv
