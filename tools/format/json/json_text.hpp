// Bytes as strings of JSON, in plain ASCII.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tools::format {

/// Appends text as a JSON string with its quotation marks, every character outside 0x20-0x7E
/// escaped.
///
/// Returns: false, appending nothing, if the bytes are not text: not UTF-8, or with control
///          characters other than tab, line feed and carriage return
///
/// Source: RFC 8259, section 7; RFC 3629, section 4
bool append_json_text(std::string& out, std::span<const std::byte> bytes);

/// Appends a string of plain ASCII as a JSON string.
void append_json_string(std::string& out, std::string_view plain);

}  // namespace tools::format
