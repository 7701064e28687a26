// chunk-dump: shows the chunks in a byte stream.
#include "cli/connect.hpp"
#include "cli/options.hpp"
#include "cli/protocols.hpp"
#include "cli/run.hpp"
#include "cli/status.hpp"
#include "cli/terminal.hpp"
#include "dump/show.hpp"
#include "dump/tap.hpp"
#include "format/hex_rows.hpp"
#include "format/titles.hpp"
#include "io/output.hpp"

#include <chunk/escape.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

using namespace tools;

namespace {

using format::style;

/// Source: chunk-dump(1), LIMITS
constexpr std::uint32_t longest_whole = 16 * 1024 * 1024;

struct options {
  cli::connection_options connection;
  cli::verbosity verbosity;
  cli::choice choice;
  std::vector<std::string> files;
  std::string protocol = "guess";
  std::string color = "auto";
  std::string timestamps = "none";
  std::size_t width = 0;
  bool no_squeeze = false;
  std::map<style, bool> styles;
  dump::show_options show;
  dump::tap_options tap;

  bool wants(style which) const {
    const auto found = styles.find(which);
    return found != styles.end() && found->second;
  }
};

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

/// Completes what the views are told by what only the whole command line says.
dump::show_options complete(const options& opt, const chunk::protocol& rules,
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

/// Tells files apart; in the notation as a comment, so that all of it can be sent again.
std::string heading(const std::string& path, style how) {
  const auto name = chunk::quoted(path);
  switch (how) {
    case style::text: return "# " + name + '\n';
    case style::hex:
    case style::list:
    case style::summary: return "==> " + name + " <==\n";
    case style::json:
    case style::check: break;
  }
  return {};
}

/// Adds up what came of several streams.
class verdict {
 public:
  explicit verdict(const options& opt) : opt_(opt) {}

  void add(const dump::show_result& of) {
    whole_ = whole_ && of.whole;
    shown_ += of.shown;
    findings_ += of.findings;
  }

  int status() const {
    if (opt_.wants(style::check)) return findings_ > 0 ? cli::negative : cli::success;
    if (!whole_) return cli::format;
    const bool chosen = !opt_.choice.only.empty() || !opt_.choice.skip.empty();
    return chosen && shown_ == 0 ? cli::negative : cli::success;
  }

 private:
  const options& opt_;
  bool whole_ = true;
  std::uint64_t shown_ = 0;
  std::uint64_t findings_ = 0;
};

asio::awaitable<int> show_all(asio::io_context& context, const options& opt) {
  const auto rules = cli::choose_protocol(opt.protocol);
  const format::selection chosen(opt.choice.only, opt.choice.skip);
  auto how = complete(opt, rules, chosen);
  io::watch_for_reader(context);
  if (opt.tap.wanted()) {
    auto tap = opt.tap;
    tap.how = how.how;
    tap.how.live = true;
    tap.max_chunk = how.max_chunk;
    tap.timeout = cli::timeout_of(opt.connection).value_or(tap.timeout);
    tap.mode = opt.connection.mode;
    tap.tls = opt.connection.tls;
    tap.ready_fd = opt.connection.ready_fd;
    tap.verbose = opt.verbosity.verbose;
    tap.quiet = opt.verbosity.quiet;
    co_return co_await dump::run_tap(context, tap);
  }
  io::output out;
  verdict result(opt);
  const auto timeout = cli::timeout_of(opt.connection).value_or(chunk::net::duration{});
  if (opt.connection.connected()) {
    const auto link = co_await cli::reach_peer(context, opt.connection, opt.verbosity.verbose);
    link->set_read_timeout(timeout);
    how.how.subject = link->name();
    how.how.live = true;
    result.add(co_await dump::show(*link, how, out));
    if (opt.verbosity.verbose && !link->ended_cleanly()) {
      cli::remark(link->name() + ": ended without close_notify");
    }
    co_return result.status();
  }
  auto files = opt.files;
  if (files.empty()) files.emplace_back("-");
  for (const auto& path : files) {
    if (files.size() > 1) out.text() += heading(path, how.how.style);
    const auto from =
        path == "-" ? chunk::net::open_stdio(context) : chunk::net::open_file(context, path);
    from->set_read_timeout(timeout);
    how.how.subject = from->name();
    const auto shown = co_await dump::show(*from, how, out);
    result.add(shown);
    if (how.count != cli::no_count) how.count -= shown.shown;
    if (how.count == 0) break;
  }
  co_return result.status();
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

int main(int argc, char** argv) {
  options opt;
  CLI::App app{"Show the chunks in files, standard input or a connection.", "chunk-dump"};
  auto* files = app.add_option("FILE", opt.files, "Files to show; - is standard input");
  cli::add_connection_options(app, opt.connection);
  app.get_option("--connect")->excludes(files);
  app.get_option("--listen")->excludes(files);
  add_styles(app, opt);
  add_layout(app, opt);
  cli::add_protocol(app, opt.protocol);
  add_choices(app, opt);
  cli::add_max_chunk(app, opt.show.max_chunk);
  dump::add_tap_options(app, opt.tap);
  exclude(app, "--tap",
          {"FILE", "--connect", "--listen", "--resync", "--count", "--offset", "--check"});
  cli::add_other(app, opt.verbosity);
  return cli::run(app, argc, argv, [&](asio::io_context& context) {
    // Whole chunks are held to find the way back, so that there has to be a limit.
    if (opt.show.resync && app.count("--max-chunk") == 0) opt.show.max_chunk = longest_whole;
    return cli::run(context, show_all(context, opt));
  });
}
