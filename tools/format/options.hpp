// -F of the command lines: a format by its name.
#pragma once

#include "format/index_range.hpp"
#include "format/registry.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tools::cli {
class option;
class option_group;
}  // namespace tools::cli

namespace tools::format {

/// Returns: why a tool does not offer a format; empty if it does
using objection = std::string (*)(const output_format& which);

/// Adds --format, whose help lists what the tool offers behind `help`. A format that it does not
/// offer is refused with the reason. Without the option `out` stays as it is.
void add_format(const cli::option_group& group, const output_format*& out, const char* help,
                objection objects);

/// Adds --nested.
void add_nested(const cli::option_group& group, bool& out);

/// Returns: why --nested does not go with a format; empty if it does
std::string object_to_nested(const output_format& which);

/// Adds --template.
cli::option add_template(const cli::option_group& group, std::optional<std::string>& out);

/// Has a formatter of template_format follow this value of --template, where `how` has the rules.
/// Limits `max_chunk` if chunks have to be held whole and there is no limit.
///
/// Throws: failure with status usage
void follow_template(const std::string& text, format_options& how, std::uint64_t& max_chunk);

/// Adds --index.
void add_index(const cli::option_group& group, index_range& out);

/// The objection of tools that pass streams on: formats that judge are chunk-dump's.
std::string object_to_judges(const output_format& which);

/// Returns: `named`; without it text on a terminal, and otherwise the same bytes
const output_format& format_or_default(const output_format* named);

}  // namespace tools::format
