#include "send/options.hpp"

#include "cli/command_line.hpp"
#include "cli/progress.hpp"
#include "cli/protocols.hpp"
#include "cli/terminal.hpp"
#include "cli/values.hpp"
#include "format/options.hpp"
#include "script/actions/list.hpp"

#include <chunk/error.hpp>

#include <array>
#include <cmath>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tools::send {
namespace {

using namespace std::literals;

constexpr std::array examples{
    cli::help_example{"chunk-send ECHO:hello | chunk-dump", "build a chunk and look at it"},
    cli::help_example{"chunk-send -c ./server.sock request:ECHO:hello", "print the reply"},
};
constexpr std::array common_options{"--connect"sv,  "--listen"sv, "--script"sv,  "--format"sv,
                                    "--protocol"sv, "--count"sv,  "--timeout"sv, "--help"sv};
constexpr std::array headings{"Connection"sv, "Input/Output"sv, "Tests"sv,   "Load"sv,
                              "Limits"sv,     "TLS"sv,          "Sockets"sv, "Other"sv};
constexpr cli::help_page help_texts{.examples = examples,
                                    .common = common_options,
                                    .headings = headings,
                                    .manual = "chunk-send(1), chunk-script(5)"};

/// Those that have no meaning where there is nothing to test.
const auto options_of_tests = {
    "--check", "--list-cases",  "--jobs",    "--report", "--tap",
    "--junit", "--trace",       "--strict",  "--update", "--case",
    "--seed",  "--split-sweep", "--clients", "--rate",   "--duration",
};

chunk::result<void> read_speed(const std::string& text, double& out) {
  const auto value = cli::parse_decimal(text);
  if (!value) return tl::unexpected(value.error());
  if (!(std::isfinite(*value) && *value >= 0)) {
    return tl::unexpected(chunk::error{chunk::errc::bad_notation, "must be a number from 0 up"});
  }
  out = *value;
  return {};
}

void add_test_options(cli::command_line& line, test_options& out) {
  const auto tests = line.group("Tests");
  tests.flag("--check", out.check, "Check the actions without performing them");
  const auto wrong_report = [](const std::string& text) {
    const auto known = parse_report(text);
    return known ? std::string() : known.error().detail;
  };
  tests
      .list("--report KIND", out.reports,
            "Report as text, tap, junit:FILE or html:FILE\n(repeatable)")
      .check(wrong_report);
  tests.flag("--tap", out.tap, "The same as --report tap");
  tests.text("--junit FILE", out.junit, "The same as --report junit:FILE");
  tests.flag("--trace", out.trace, "Show each chunk as it is sent or received");
  tests.flag("--strict", out.strict, "Fail on replies that no action examined");
  tests.flag("--update", out.update, "Fill in the expect lines of scripts that fail")
      .needs("--script");
  tests.text("--case NAME|N", out.only, "Run only the test-case with this name or number");
  tests.flag("--list-cases", out.list_cases, "List the cases, one per line, as --case takes them");
  tests.count("-j,--jobs N", out.jobs, "Run N script files at the same time")
      .excludes({"--listen", "--trace"});
  tests.number("--seed N", out.seed, "Repeat the random bytes of the run that printed seed N");
  tests
      .parsed(
          "--speed N", [&out](const std::string& text) { return read_speed(text, out.speed); },
          "Replay the times of a recording N times as fast;\n0: without waiting [1]")
      .excludes({"--check"});
  tests.flag("--split-sweep", out.sweep, "Run each case once per place to cut its writes")
      .excludes({"--update"});
  const auto load = line.group("Load");
  const auto of_tests = {"--jobs",  "--report", "--tap",    "--junit",
                         "--trace", "--strict", "--update", "--split-sweep"};
  load.number("--clients N", out.clients, "Put load on a server: run N copies of a case at once")
      .range(1, most_clients)
      .excludes(of_tests);
  load.number("--rate R", out.rate, "Start R passes per second, on a fixed schedule")
      .above_zero()
      .excludes(of_tests);
  load.number("--duration SECONDS", out.duration, "Repeat the case of a load for SECONDS")
      .excludes(of_tests);
}

void add_fan_out_options(const cli::option_group& group, fan_out_options& out) {
  group.flag("-k,--keep-open", out.keep_open, "Send the stream to every client that connects")
      .needs("--listen")
      .excludes({"ACTION", "--script", "--from", "--format", "--count"})
      .excludes(options_of_tests);
  group.text("--slow HOW", out.slow, "With -k, for slow clients: block, drop or cut")
      .choices({"block", "drop", "cut"})
      .shows_default()
      .needs("--keep-open");
}

}  // namespace

void add_options(cli::command_line& line, options& out) {
  line.set_help(help_texts);
  const auto connection = line.group("Connection");
  const auto input_output = line.group("Input/Output");
  line.positional("ACTION", out.actions,
                  "ID:contents, request:ID:contents, expect:ID:contents,\n"
                  "@FILE, raw-send:bytes, delay:SECONDS and others;\n"
                  "--list-actions lists all of them");
  cli::add_connection_options(line, out.connection);
  input_output.list("-f,--script FILE", out.scripts,
                    "Perform FILE, as in -f *.script (repeatable)");
  input_output.flag("--list-actions", out.list_actions, "List all actions, one per line");
  line.add_answer([&out] { return out.list_actions; }, script::list_of_actions);
  input_output.text("--from FORMAT", out.from, "Read standard input as raw, json or text")
      .choices({"raw", "json", "text"})
      .shows_default()
      .excludes({"ACTION", "--script"});
  format::add_format(input_output, out.format,
                     "Format of the output [raw; on a terminal: text]:", format::object_to_judges);
  cli::add_protocol(line, out.protocol);
  cli::add_side(line, out.side, "Send as this side of the protocol: client or server");
  input_output.count("-n,--count N", out.count, "End after N replies");
  cli::add_color(line, out.test.color);
  cli::add_progress(line, out.progress);
  add_test_options(line, out.test);
  add_fan_out_options(connection, out.many);
  connection.flag("--probe", out.probe, "Only check that a server answers NOOP")
      .needs("--connect")
      .excludes({"ACTION", "--script", "--from", "--format", "--count", "--side", "--progress"})
      .excludes(options_of_tests);
  input_output
      .flag("-i,--interactive", out.interactive,
            "Perform actions that are typed, and show replies;\nso at a terminal, with nothing to "
            "send")
      .needs_one_of("--connect", "--listen")
      .excludes({"ACTION", "--script", "--from", "--format", "--count", "--progress", "--keep-open",
                 "--probe"})
      .excludes({"--check", "--tap", "--junit", "--trace", "--strict", "--case", "--split-sweep",
                 "--clients", "--rate", "--duration"});
  cli::add_max_chunk(line, out.max_chunk);
  cli::add_other(line, out.verbosity);
}

}  // namespace tools::send
