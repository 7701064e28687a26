// Bars of text, whose lengths can be compared.
#pragma once

#include <string>

namespace tools::format {

/// A column of block characters is divided into so many.
inline constexpr int bar_parts = 8;

/// Appends a bar of so many columns: in plain ASCII, rounded up to whole signs, or with `blocks` in
/// block characters, to an eighth of a column.
void append_bar(std::string& out, double columns, bool blocks);

}  // namespace tools::format
