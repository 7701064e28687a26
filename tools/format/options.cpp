#include "format/options.hpp"

#include "cli/command_line.hpp"
#include "cli/nearest.hpp"
#include "io/output.hpp"

#include <chunk/error.hpp>
#include <chunk/escape.hpp>

#include <string_view>
#include <vector>

namespace tools::format {
namespace {

/// The names of the formats that a tool offers.
std::vector<std::string_view> names_of(objection objects) {
  std::vector<std::string_view> out;
  for (const auto* each : all_formats()) {
    if (objects(*each).empty()) out.push_back(each->name);
  }
  return out;
}

}  // namespace

void add_format(const cli::option_group& group, const output_format*& out, const std::string& help,
                objection objects) {
  const auto read = [&out, objects](const std::string& text) -> chunk::result<void> {
    const auto refuse = [](std::string why) {
      return tl::unexpected(chunk::error{chunk::errc::bad_notation, std::move(why)});
    };
    const auto* found = find_format(text);
    if (!found) return refuse(cli::not_one_of(text, names_of(objects)));
    if (auto why = objects(*found); !why.empty()) return refuse(text + ' ' + why);
    out = found;
    return {};
  };
  group.parsed("-F,--format FORMAT", read, help + '\n' + cli::joined(names_of(objects), ", "));
}

std::string object_to_judges(const output_format& which) {
  return which.judges ? "is for chunk-dump only" : "";
}

const output_format& format_or_default(const output_format* named) {
  if (named) return *named;
  return io::output::is_terminal() ? text_format : raw_format;
}

}  // namespace tools::format
