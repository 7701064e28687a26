// The view of --summary: a table of all IDs at the end.
#pragma once

#include "format/formatter.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace tools::format {

/// IDs that have a line of their own, subchunks among them; those that come later share one.
/// Chosen: more than a reader can use, and few enough to hold whatever a stream contains.
inline constexpr std::size_t most_summary_ids = 4096;

/// Makes a view that counts the chunks of each ID, and the subchunks of each container.
///
/// A chunk counts when it begins, with the length that it declares, since its payload may be
/// missing from its parts; when it turns out to be cut, the bytes that are missing are taken from
/// its ID again.
std::unique_ptr<view> make_summary_view(const view_options& how, std::string& out);

}  // namespace tools::format
