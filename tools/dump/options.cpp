#include "dump/options.hpp"

#include "cli/command_line.hpp"
#include "cli/protocols.hpp"
#include "cli/terminal.hpp"
#include "format/hex/hex_rows.hpp"
#include "format/titles.hpp"

#include <chunk/escape.hpp>
#include <chunk/notation.hpp>

#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace tools::dump {
namespace {

/// The default of --max-chunk with --resync. Source: chunk-dump(1), --resync
constexpr std::uint32_t longest_whole = 16 * 1024 * 1024;

/// Returns: the format asked for; one that JSON is an option of, before JSON itself
const format::output_format& choose_format(const options& opt) {
  const format::output_format* found = &format::hex_format;
  for (const auto* each : format::all_formats()) {
    if (opt.wants(*each) && (found == &format::hex_format || each->takes.json)) found = each;
  }
  return *found;
}

/// The bytes in a row of the hex format: --width, or as many as fit the terminal, also in
/// subchunks.
std::size_t choose_width(const options& opt) {
  constexpr std::size_t standard = 16;
  if (opt.width > 0) return opt.width;
  const auto columns = cli::terminal_columns();
  if (columns == 0) return standard;
  const auto margin = format::titles::margin_columns(opt.show.how);
  std::size_t width = format::group;
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

void add_styles(cli::command_line& line, options& opt) {
  const auto group = line.group("Format");
  const auto add = [&](const char* name, const format::output_format& which, const char* help) {
    return group.flag(name, opt.formats[&which], help);
  };
  add("--list", format::list_format, "One line a chunk: offset, ID, length");
  add("--text", format::text_format, "One line a chunk, which chunk-send -f sends again")
      .excludes({"--list"});
  add("--json", format::json_format, "One JSON object a chunk, for jq and chunk-send --from")
      .excludes({"--list", "--text"});
  add("--summary", format::summary_format, "A table of IDs: counts, bytes, lengths")
      .excludes({"--list", "--text", "--json"});
  add("--check", format::check_format, "Only what is wrong, and status 1 if anything is")
      .excludes({"--list", "--text", "--summary"});
}

void add_layout(cli::command_line& line, options& opt) {
  const auto group = line.group("Format");
  const auto only_hex = {"--list", "--text", "--json", "--summary", "--check"};
  group.number("--width N", opt.width, "Show N bytes in a row [16; tty: as many as fit]")
      .range(1, 256)
      .excludes(only_hex);
  group.flag("--no-squeeze", opt.no_squeeze, "Show every row, also those equal to the row before")
      .excludes(only_hex);
  group.count("--max-bytes N", opt.show.how.max_bytes, "Show at most N bytes of a payload")
      .excludes(only_hex);
  group.text("--timestamps HOW", opt.timestamps, "Show when each chunk arrived: absolute or delta")
      .choices({"absolute", "delta"})
      .excludes({"--text", "--summary", "--check"});
  cli::add_color(line, opt.color);
}

/// Parses a decimal number, or a hexadecimal one that begins with 0x.
chunk::result<std::uint64_t> parse_offset(std::string_view text) {
  if (!text.starts_with("0x")) return chunk::parse_count(text, "offset");
  std::uint64_t value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data() + 2, end, value, 16);
  if (problem == std::errc{} && stop == end) return value;
  const auto shown = chunk::quoted(text);
  return tl::unexpected(
      chunk::error{chunk::errc::bad_notation, "offset '" + shown + "' is not a number"});
}

void add_choices(cli::command_line& line, options& opt) {
  const auto group = line.group("Input/Output");
  cli::add_choice(line, opt.choice);
  group.count("-n,--count N", opt.show.count, "End after N chunks");
  const auto read = [&opt](const std::string& text) -> chunk::result<void> {
    const auto offset = parse_offset(text);
    if (!offset) return tl::unexpected(offset.error());
    opt.show.offset = *offset;
    return {};
  };
  group.parsed("--offset N", read, "Start at byte N, where a chunk must begin");
  group.flag("--resync", opt.show.resync, "Find the next chunk after a length that is wrong");
}

/// Adds --tap and --record, and allows --mode and --ready-fd with --tap as well as with --listen.
void add_tap(cli::command_line& line, tap_options& out) {
  const auto group = line.group("Connection");
  group
      .pair("--tap LISTEN UPSTREAM", out.addresses,
            "Pass connections on to UPSTREAM, and show them")
      .excludes({"FILE", "--connect", "--listen", "--resync", "--count", "--offset", "--check"});
  group.text("--record FILE", out.record, "Write what --tap passes on to FILE, as a script")
      .needs("--tap");
  for (const auto* each : {"--mode", "--ready-fd"}) line.at(each).needs_one_of("--listen", "--tap");
}

}  // namespace

void add_options(cli::command_line& line, options& out) {
  line.positional("FILE", out.files, "Files to show; - is standard input");
  cli::add_connection_options(line, out.connection);
  for (const auto* each : {"--connect", "--listen"}) line.at(each).excludes({"FILE"});
  add_styles(line, out);
  add_layout(line, out);
  cli::add_protocol(line, out.protocol);
  add_choices(line, out);
  cli::add_max_chunk(line, out.show.max_chunk);
  add_tap(line, out.tap);
  cli::add_other(line, out.verbosity);
}

void complete(const cli::command_line& line, options& out) {
  // --resync holds whole chunks in memory, so that it needs a limit.
  if (out.show.resync && !line.has("--max-chunk")) out.show.max_chunk = longest_whole;
}

show_options show_options_of(const options& opt, const chunk::protocol& rules,
                             const format::selection& chosen) {
  auto out = opt.show;
  out.how.format = &choose_format(opt);
  out.how.as_json = out.how.format->takes.json && opt.wants(format::json_format);
  out.how.rules = &rules;
  out.how.chosen = &chosen;
  out.how.timestamps = choose_timestamps(opt.timestamps);
  out.how.squeeze = !opt.no_squeeze;
  out.how.colour = cli::wants_color(opt.color);
  out.how.row_bytes = choose_width(opt);
  return out;
}

}  // namespace tools::dump
