#include "dump/options.hpp"

#include "cli/command_line.hpp"
#include "cli/protocols.hpp"
#include "cli/terminal.hpp"
#include "format/hex/hex_rows.hpp"
#include "format/options.hpp"
#include "format/titles.hpp"
#include "io/files.hpp"

#include <chunk/escape.hpp>
#include <chunk/notation.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace tools::dump {
namespace {

using namespace std::literals;

constexpr std::array examples{
    cli::help_example{"chunk-dump -p png picture.png", "show a file"},
    cli::help_example{"chunk-dump --tap ./front.sock ./server.sock", "show a conversation"},
};
constexpr std::array common_options{"--protocol"sv, "--list"sv,  "--text"sv,    "--json"sv,
                                    "--summary"sv,  "--check"sv, "--format"sv,  "--only"sv,
                                    "--skip"sv,     "--count"sv, "--connect"sv, "--listen"sv,
                                    "--tap"sv,      "--help"sv};
constexpr std::array headings{"Format"sv, "Input/Output"sv, "Connection"sv, "Limits"sv,
                              "TLS"sv,    "Sockets"sv,      "Other"sv};
constexpr cli::help_page help_texts{.examples = examples,
                                    .common = common_options,
                                    .headings = headings,
                                    .manual = "chunk-dump(1)"};

/// The default of --max-chunk with --resync. Source: chunk-dump(1), --resync
constexpr std::uint64_t longest_whole = 16 * 1024 * 1024;

/// Formats that have an option of their own, which is short for -F.
constexpr std::array short_formats{&format::list_format, &format::text_format, &format::json_format,
                                   &format::summary_format, &format::check_format};

/// A format, and how the command line asks for it.
struct request {
  const format::output_format* format;
  std::string text;
};

/// Returns: all requests, in the order of the help
std::vector<request> find_requests(const options& opt) {
  std::vector<request> out;
  for (const auto* each : short_formats) {
    const auto& own = opt.short_options.at(each);
    if (own.given) out.push_back({each, own.name});
  }
  if (opt.format) out.push_back({opt.format, "--format " + std::string(opt.format->name)});
  if (opt.pattern) out.push_back({&format::template_format, "--template"});
  return out;
}

/// Says whether both can be asked for: they are the same, or one writes its findings as JSON.
bool go_together(const format::output_format& a, const format::output_format& b) {
  const auto* const json = &format::json_format;
  return &a == &b || (a.takes.json && &b == json) || (b.takes.json && &a == json);
}

/// Returns: the request that decides on the format; nullopt if there is none
std::optional<request> choose_request(const options& opt) {
  std::optional<request> out;
  for (auto& each : find_requests(opt)) {
    if (!out || each.format->takes.json) out = std::move(each);
  }
  return out;
}

/// Returns: what does not go together on the command line; empty if all does
std::string find_mistake(const cli::command_line& line, const options& opt) {
  if (std::count(opt.files.begin(), opt.files.end(), "") > 0) return "FILE: the value is empty";
  if (std::count_if(opt.files.begin(), opt.files.end(), io::is_standard_input) > 1)
    return "FILE: standard input is named twice";
  const auto all = find_requests(opt);
  for (auto first = all.begin(); first != all.end(); ++first) {
    for (auto second = first + 1; second != all.end(); ++second) {
      if (!go_together(*first->format, *second->format)) {
        return first->text + " excludes " + second->text;
      }
    }
  }
  if (auto why = format::object_to_nested(format_of(opt)); opt.nested && !why.empty()) return why;
  const auto chosen = choose_request(opt);
  if (!chosen) return {};
  const auto& format = *chosen->format;
  const struct {
    const char* option;
    bool fits;
  } others[]{
      {"--width", format.takes.layout},     {"--no-squeeze", format.takes.layout},
      {"--max-bytes", format.takes.layout}, {"--timestamps", format.takes.timestamps},
      {"--utf8", format.takes.utf8},        {"--tap", format.takes.tap},
      {"--index", !format.judges},
  };
  for (const auto& each : others) {
    if (!each.fits && line.has(each.option)) return chosen->text + " excludes " + each.option;
  }
  return {};
}

/// The bytes in a row of the hex format: --width, or as many as fit the terminal, also in
/// subchunks.
std::size_t choose_width(const options& opt) {
  constexpr std::size_t standard = 16;
  if (opt.width > 0) return opt.width;
  const auto columns = cli::terminal_columns();
  if (columns == 0) return standard;
  const auto margin = format::titles::margin_columns(opt.show.how);
  std::size_t width = format::row_group;
  while (width < 4 * standard &&
         margin + format::hex_rows::columns(2 * width, 2 * format::level_indent) <= columns) {
    width *= 2;
  }
  return width;
}

format::timestamps choose_timestamps(const std::string& name) {
  if (name == "absolute") return format::timestamps::absolute;
  return name == "delta" ? format::timestamps::delta : format::timestamps::none;
}

void add_formats(cli::command_line& line, options& opt) {
  const auto group = line.group("Format");
  for (const auto* each : short_formats) {
    auto& own = opt.short_options[each];
    own.name = "--" + std::string(each->name);
    group.flag(own.name.c_str(), own.given,
               [each] { return fmt::format("Short for -F {}: {}", each->name, each->help); });
  }
  format::add_format(group, opt.format, "Format of the output [hex]:",
                     [](const format::output_format&) { return std::string(); });
  format::add_template(group, opt.pattern);
  format::add_nested(group, opt.nested);
}

void add_layout(cli::command_line& line, options& opt) {
  const auto group = line.group("Format");
  group.number("--width N", opt.width, "Bytes in a row [16; on a terminal: as many as fit]")
      .range(1, 256);
  group.flag("--no-squeeze", opt.no_squeeze, "Show every row, also those equal to the row before");
  group.count("--max-bytes N", opt.show.how.max_bytes, "Show at most N bytes of a payload");
  group.text("--timestamps HOW", opt.timestamps, "Show when each chunk arrived: absolute or delta")
      .choices({"absolute", "delta"});
  cli::add_color(line, opt.color);
  cli::add_utf8(line, opt.utf8);
}

/// Parses a decimal number, or a hexadecimal one that begins with 0x.
chunk::result<std::uint64_t> parse_offset(std::string_view text) {
  if (!text.starts_with("0x")) return chunk::parse_count(text, "offset");
  std::uint64_t value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data() + 2, end, value, 16);
  if (problem == std::errc{} && stop == end) return value;
  const bool too_large = problem == std::errc::result_out_of_range && stop == end;
  const auto shown = chunk::quoted(text);
  return tl::unexpected(
      chunk::error{chunk::errc::bad_notation,
                   too_large ? fmt::format("offset {} is above {:#x}", shown, ~std::uint64_t{0})
                             : fmt::format("offset '{}' is not a number", shown)});
}

void add_choices(cli::command_line& line, options& opt) {
  const auto group = line.group("Input/Output");
  cli::add_choice(line, opt.choice);
  format::add_index(group, opt.show.range);
  group.count("-n,--count N", opt.show.count, "End after N chunks");
  const auto read = [&opt](const std::string& text) -> chunk::result<void> {
    const auto offset = parse_offset(text);
    if (!offset) return tl::unexpected(offset.error());
    opt.show.offset = *offset;
    return {};
  };
  group.parsed("--offset N", read, "Start at byte N, where a chunk must begin");
  group.flag("--resync", opt.show.resync, "After a wrong length, search for the next chunk");
}

/// Adds --tap and --record, and allows --mode and --ready-fd with --tap as well as with --listen.
void add_tap(cli::command_line& line, tap_options& out) {
  const auto group = line.group("Connection");
  group
      .pair(
          "--tap LISTEN UPSTREAM", out.addresses,
          "Show what passes between clients, which connect\nto LISTEN, and the server at UPSTREAM")
      .excludes({"FILE", "--connect", "--listen", "--resync", "--count", "--index", "--offset",
                 "--side"});
  group.text("--record FILE", out.record, "Record what --tap shows in FILE, as a script")
      .needs("--tap");
  for (const auto* each : {"--mode", "--ready-fd"}) line.at(each).needs_one_of("--listen", "--tap");
}

}  // namespace

void add_options(cli::command_line& line, options& out) {
  line.set_help(help_texts);
  line.positional("FILE", out.files, "Files to show; - is standard input");
  cli::add_connection_options(line, out.connection);
  for (const auto* each : {"--connect", "--listen"}) line.at(each).excludes({"FILE"});
  add_formats(line, out);
  add_layout(line, out);
  cli::add_protocol(line, out.protocol);
  cli::add_side(line, out.side);
  add_choices(line, out);
  cli::add_max_chunk(line, out.show.max_chunk);
  add_tap(line, out.tap);
  cli::add_other(line, out.verbosity);
  line.check([&line, &out] { return find_mistake(line, out); });
}

void complete(const cli::command_line& line, options& out) {
  // --resync holds whole chunks in memory, so that it needs a limit.
  if (out.show.resync && !line.has("--max-chunk")) out.show.max_chunk = longest_whole;
}

const format::output_format& format_of(const options& opt) {
  const auto asked = choose_request(opt);
  return asked ? *asked->format : format::hex_format;
}

show_options show_options_of(const options& opt, const chunk::protocol& rules,
                             const format::selection& chosen) {
  auto out = opt.show;
  out.quiet = opt.verbosity.quiet;
  out.how.format = &format_of(opt);
  out.how.as_json = std::ranges::any_of(
      find_requests(opt), [](const request& each) { return each.format == &format::json_format; });
  out.how.nested = opt.nested;
  out.how.rules = &rules;
  if (opt.pattern) format::follow_template(*opt.pattern, out.how, out.max_chunk);
  out.how.side = cli::choose_side(opt.side, opt.connection);
  out.how.chosen = &chosen;
  out.how.timestamps = choose_timestamps(opt.timestamps);
  out.how.squeeze = !opt.no_squeeze;
  out.how.colour = cli::wants_color(opt.color);
  out.how.utf8 = out.how.format->takes.utf8 && cli::wants_utf8(opt.utf8);
  out.how.row_bytes = choose_width(opt);
  if (const auto columns = cli::terminal_columns(); columns > 0) out.how.columns = columns;
  return out;
}

}  // namespace tools::dump
