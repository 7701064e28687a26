#include "format/options.hpp"

#include "cli/command_line.hpp"
#include "cli/nearest.hpp"
#include "cli/status.hpp"
#include "format/template.hpp"
#include "io/output.hpp"

#include <chunk/error.hpp>
#include <chunk/escape.hpp>

#include <memory>
#include <string_view>
#include <utility>
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

/// These names for the help, in lines that fit it.
std::string wrap_names(objection objects) {
  constexpr std::size_t longest_line = 54;  // of 80 columns, behind those of the names of options
  auto out = cli::joined(names_of(objects), ", ");
  if (out.size() <= longest_line) return out;
  out[out.rfind(' ', longest_line)] = '\n';
  return out;
}

}  // namespace

void add_format(const cli::option_group& group, const output_format*& out, const char* help,
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
  group.parsed("-F,--format FORMAT", read,
               [help, objects] { return std::string(help) + '\n' + wrap_names(objects); });
}

void add_nested(const cli::option_group& group, bool& out) {
  group.flag("--nested", out, "With JSON, put subchunks into the object of their container");
}

std::string object_to_nested(const output_format& which) {
  return which.takes.nested ? "" : "--nested: goes with --format json only";
}

cli::option add_template(const cli::option_group& group, std::optional<std::string>& out) {
  return group.text("--template TEMPLATE", out,
                    "Write TEMPLATE for each chunk, with %{id}, %{payload}, ...");
}

void follow_template(const std::string& text, format_options& how, std::uint64_t& max_chunk) {
  auto made = parse_template(text, *how.rules);
  if (!made) throw cli::wrong_usage("--template: " + made.error().detail);
  if (made->holds() && max_chunk == chunk::no_limit) max_chunk = longest_held;
  how.pattern = std::make_shared<const line_template>(std::move(*made));
  how.escapes = io::output::is_terminal();
}

void add_index(const cli::option_group& group, index_range& out) {
  const auto read = [&out](const std::string& text) -> chunk::result<void> {
    const auto range = parse_index_range(text);
    if (!range) return tl::unexpected(range.error());
    out = *range;
    return {};
  };
  group.parsed("--index RANGE", read, "Take only chunks of these numbers: 5, 3..7 or 3..");
}

std::string object_to_judges(const output_format& which) {
  return which.judges ? "is for chunk-dump only" : "";
}

const output_format& format_or_default(const output_format* named) {
  if (named) return *named;
  return io::output::is_terminal() ? text_format : raw_format;
}

}  // namespace tools::format
