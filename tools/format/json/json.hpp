// A line of JSON for each chunk and subchunk.
#pragma once

#include "format/formatter.hpp"

#include <memory>
#include <string>

namespace tools::format {

/// Makes a view that keeps a copy of the options and appends to `out`, which outlives it.
///
/// Every line is a flat object in plain ASCII, and chunk-send reads the stream back from them.
/// Source: chunk-dump(1), JSON
std::unique_ptr<view> make_json_view(const view_options& how, std::string& out);

}  // namespace tools::format
