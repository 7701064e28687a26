#include "dump/options.hpp"

#include "cli/protocols.hpp"
#include "cli/terminal.hpp"
#include "format/hex_rows.hpp"
#include "format/titles.hpp"

#include <chunk/escape.hpp>
#include <chunk/notation.hpp>

#include <CLI/App.hpp>
#include <CLI/Error.hpp>
#include <CLI/Validators.hpp>

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <system_error>

namespace tools::dump {
namespace {

using format::style;

/// Source: chunk-dump(1), LIMITS
constexpr std::uint32_t longest_whole = 16 * 1024 * 1024;

style choose_style(const options& opt) {
  for (const auto which : {style::check, style::list, style::text, style::json, style::summary}) {
    if (opt.wants(which)) return which;
  }
  return style::hex;
}

/// Gives the bytes in a row: as many as fit the terminal, subchunks in it.
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

void add_styles(CLI::App& app, options& opt) {
  const auto add = [&](const char* name, style which, const char* what) {
    return app.add_flag(name, opt.styles[which], what)->group("Format");
  };
  auto* list = add("--list", style::list, "One line a chunk: offset, ID, length");
  auto* text = add("--text", style::text, "One line a chunk, which chunk-send -f sends again");
  auto* json = add("--json", style::json, "One JSON object a chunk, for jq and chunk-send --from");
  auto* summary = add("--summary", style::summary, "A table of IDs: counts, bytes, lengths");
  auto* check = add("--check", style::check, "Only what is wrong, and status 1 if anything is");
  list->excludes(text)->excludes(json)->excludes(summary)->excludes(check);
  text->excludes(json)->excludes(summary)->excludes(check);
  json->excludes(summary);
  summary->excludes(check);
}

/// What others leave no sense to cannot be asked beside them.
void exclude(CLI::App& app, const char* option, std::initializer_list<const char*> others) {
  for (const auto* other : others) app.get_option(option)->excludes(app.get_option(other));
}

void add_layout(CLI::App& app, options& opt) {
  app.add_option("--width", opt.width, "Bytes in a row [16; tty: what fits]")
      ->type_name("N")
      ->check(CLI::Range(1, 256))
      ->group("Format");
  app.add_flag("--no-squeeze", opt.no_squeeze, "Show rows that repeat, too")->group("Format");
  cli::add_count(app, "--max-bytes", opt.show.how.max_bytes, "Show at most N bytes of a payload",
                 "Format");
  app.add_option("--timestamps", opt.timestamps, "Tell when each chunk came: absolute or delta")
      ->type_name("HOW")
      ->check(CLI::IsMember({"absolute", "delta"}))
      ->group("Format");
  cli::add_color(app, opt.color);
  exclude(app, "--timestamps", {"--text", "--summary", "--check"});
  for (const auto* option : {"--width", "--no-squeeze", "--max-bytes"}) {
    exclude(app, option, {"--list", "--text", "--json", "--summary", "--check"});
  }
}

/// Reads a decimal number or, after 0x, a hexadecimal one.
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

void add_choices(CLI::App& app, options& opt) {
  cli::add_choice(app, opt.choice);
  cli::add_count(app, "-n,--count", opt.show.count, "End after N chunks", "Input/Output");
  const auto set = [&opt](const std::string& text) {
    const auto offset = parse_offset(text);
    if (!offset) throw CLI::ValidationError("--offset", offset.error().detail);
    opt.show.offset = *offset;
  };
  app.add_option_function<std::string>("--offset", set, "Begin at byte N, where a chunk begins")
      ->type_name("N")
      ->group("Input/Output");
  app.add_flag("--resync", opt.show.resync, "Go on behind a length that is wrong")
      ->group("Input/Output");
}

}  // namespace

void add_options(CLI::App& app, options& out) {
  auto* files = app.add_option("FILE", out.files, "Files to show; - is standard input");
  cli::add_connection_options(app, out.connection);
  app.get_option("--connect")->excludes(files);
  app.get_option("--listen")->excludes(files);
  add_styles(app, out);
  add_layout(app, out);
  cli::add_protocol(app, out.protocol);
  add_choices(app, out);
  cli::add_max_chunk(app, out.show.max_chunk);
  add_tap_options(app, out.tap);
  exclude(app, "--tap",
          {"FILE", "--connect", "--listen", "--resync", "--count", "--offset", "--check"});
  cli::add_other(app, out.verbosity);
}

void complete(const CLI::App& app, options& out) {
  // Whole chunks are held to find the way back, so that there has to be a limit.
  if (out.show.resync && app.count("--max-chunk") == 0) out.show.max_chunk = longest_whole;
}

show_options show_options_of(const options& opt, const chunk::protocol& rules,
                             const format::selection& chosen) {
  auto out = opt.show;
  out.how.style = choose_style(opt);
  out.how.findings_as_json = opt.wants(style::json);
  out.how.rules = &rules;
  out.how.chosen = &chosen;
  out.how.timestamps = choose_timestamps(opt.timestamps);
  out.how.squeeze = !opt.no_squeeze;
  out.how.colour = cli::wants_color(opt.color);
  out.how.row_bytes = choose_width(opt);
  return out;
}

}  // namespace tools::dump
