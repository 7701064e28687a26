// The text of --help: its sections in the order in which people look for them, in 80 columns.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tools::cli {

/// A command to try, and what it does.
struct help_example {
  std::string_view command;
  std::string_view purpose;
};

/// What a tool says of itself besides a line for each option. The texts outlive the command line.
struct help_page {
  std::span<const help_example> examples{};

  /// The long names of the options that are shown first.
  std::span<const std::string_view> common{};

  /// The headings of all other options, of the rarest ones last.
  std::span<const std::string_view> headings{};

  std::string_view manual{};  ///< the pages, "chunk-send(1), chunk-script(5)"

  /// What a tool without arguments takes instead, the end of a message about one.
  std::string_view instead_of_argument{};
};

/// A name, and what it means. A line feed in the text begins a new line.
struct help_row {
  std::string name;
  std::string text;
};

struct help_section {
  std::string_view heading;
  std::vector<help_row> rows;
};

/// Returns: the section with an empty line before it; empty if it has no rows
std::string lay_out(const help_section& section);

/// Returns: the commands, each with its purpose in a comment, so that it can be pasted whole
std::string lay_out(std::span<const help_example> examples);

}  // namespace tools::cli
