// chunk-send: builds chunks and sends them, passes a stream of them on, or tests a peer by a
// script.
#include "cli/connect.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/protocols.hpp"
#include "cli/run.hpp"
#include "cli/status.hpp"
#include "format/text_transport.hpp"
#include "io/output.hpp"
#include "script/language/read.hpp"
#include "script/player/player.hpp"
#include "send/conversation.hpp"
#include "send/fan_out.hpp"
#include "send/probe.hpp"
#include "send/test_run.hpp"
#include "send/writer.hpp"

#include <chunk/net/transport.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <asio/awaitable.hpp>

#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

using namespace tools;

namespace {

struct options {
  cli::connection_options connection;
  cli::verbosity verbosity;
  send::test_options test;
  send::fan_out_options many;
  std::vector<std::string> actions;
  std::vector<std::string> scripts;
  std::vector<std::string> command_line;
  std::string from = "raw";
  std::string protocol = "guess";
  std::uint64_t count = cli::no_count;
  std::uint32_t max_chunk = chunk::max_length;
  bool probe = false;
  bool progress = false;

  send::form form() const { return from == "json" ? send::form::json : send::form::raw; }
  bool has_steps() const { return !actions.empty() || !scripts.empty(); }
};

/// How many bytes of chunks are to come from standard input or, where nothing else is sent, from
/// files, as far as that is known.
std::optional<std::uint64_t> size_to_send(const options& opt, const script::program& all) {
  if (!opt.has_steps()) {
    return opt.form() == send::form::raw ? cli::size_of_standard_input() : std::nullopt;
  }
  std::uint64_t out = 0;
  for (const auto& each : all.units.front().cases.front().steps) {
    std::error_code unknown;
    if (each.type != script::kind::send_file) return std::nullopt;
    out += std::filesystem::file_size(each.argument, unknown);
    if (unknown) return std::nullopt;
  }
  return out;
}

/// Passes the stream on standard input on to standard output.
asio::awaitable<void> copy(asio::io_context& context, const options& opt, cli::progress& counting) {
  const auto standard = chunk::net::open_stdio(context);
  format::text_transport terminal(cli::choose_protocol(opt.protocol));
  const bool as_text = io::output::is_terminal();
  send::writer out(as_text ? static_cast<chunk::net::transport&>(terminal) : *standard, &counting);
  std::exception_ptr problem;
  try {
    co_await out.pass_on(*standard, opt.form(), opt.max_chunk);
  } catch (const chunk::failure&) {
    problem = std::current_exception();  // what came before it is shown first
  }
  terminal.finish();
  if (problem) std::rethrow_exception(problem);
}

/// Writes what the steps send to standard output.
asio::awaitable<void> write_out(asio::io_context& context, const options& opt,
                                const script::program& all, cli::progress& counting) {
  auto terminal = std::make_unique<format::text_transport>(cli::choose_protocol(opt.protocol));
  auto& shown = *terminal;
  std::unique_ptr<chunk::net::transport> to = std::move(terminal);
  const bool as_text = io::output::is_terminal();
  if (!as_text) to = chunk::net::open_stdio(context);
  io::output unused;
  send::output_printer printer(unused);
  script::trace trace;
  script::surroundings around{context, all, printer};
  around.limits.max_payload = opt.max_chunk;
  around.progress = &counting;
  if (opt.test.trace) around.trace = &trace;
  script::conditions start{script::variables(send::seed_of(opt.test))};
  start.values.set("client", std::string_view("1"));
  start.patient = true;
  script::player playing(around, std::move(start));
  playing.adopt(std::move(to));
  playing.main()->set_reads_ahead(false);
  co_await playing.perform(all.units.front().cases.front().steps);
  co_await playing.flush();
  if (as_text) shown.finish();
}

asio::awaitable<int> converse(asio::io_context& context, const options& opt,
                              const script::program& all, cli::progress& counting) {
  script::trace trace;
  send::settings how{cli::choose_protocol(opt.protocol), opt.form(), opt.max_chunk, opt.count,
                     cli::timeout_of(opt.connection)};
  how.seed = send::seed_of(opt.test);
  how.tls = opt.connection.tls;
  how.progress = &counting;
  std::optional<cli::connector> again;
  if (!opt.connection.connect.empty()) {
    how.open = [&](chunk::net::duration limit) {
      if (!again) again.emplace(context, opt.connection, opt.verbosity.verbose);
      return again->open(limit);
    };
  }
  if (opt.test.trace) how.trace = &trace;
  auto link = co_await cli::reach_peer(context, opt.connection, opt.verbosity.verbose);
  std::unique_ptr<chunk::net::transport> from;
  if (!opt.has_steps()) from = chunk::net::open_stdio(context);
  const auto& steps = all.units.front().cases.front().steps;
  const auto talk =
      std::make_unique<send::conversation>(context, std::move(link), all, steps, std::move(how));
  co_await talk->hold(from.get());
  if (opt.verbosity.verbose && !talk->ended_cleanly()) {
    cli::remark(opt.connection.connect + opt.connection.listen + ": ended without close_notify");
  }
  co_return cli::success;
}

asio::awaitable<int> send(asio::io_context& context, const options& opt) {
  // Everything is read before anything is sent.
  const bool has_peer = opt.connection.connected();
  const auto role = has_peer || opt.test.check ? script::role::connected : script::role::client;
  const bool as_test = opt.has_steps() && opt.test.makes_test();
  const auto all = script::read_program(opt.actions, opt.scripts, role, as_test);
  if (!all) co_return script::refuse(all.error());
  if (opt.test.check) co_return cli::success;
  io::watch_for_reader(context);
  if (all->is_test) {
    if (opt.count != cli::no_count) {
      throw cli::wrong_usage("--count: a test ends when its steps are done");
    }
    auto words = opt.command_line;
    co_return co_await send::run_test(context, *all, opt.test, opt.connection, opt.verbosity,
                                      opt.max_chunk, std::move(words));
  }
  if (opt.test.makes_test()) throw cli::wrong_usage("there is nothing to test; give an action");
  cli::progress counting(context, opt.progress, size_to_send(opt, *all));
  if (has_peer) co_return co_await converse(context, opt, *all, counting);
  if (opt.has_steps()) {
    co_await write_out(context, opt, *all, counting);
  } else {
    co_await copy(context, opt, counting);
  }
  co_return cli::success;
}

asio::awaitable<int> work(asio::io_context& context, const options& opt) {
  const bool tests = opt.test.makes_test() || opt.test.check || opt.test.trace;
  if (tests && (opt.probe || opt.many.keep_open)) {
    throw cli::wrong_usage("--probe and --keep-open have nothing to test");
  }
  if (opt.probe) {
    const auto rules = cli::choose_protocol(opt.protocol);
    co_return co_await send::probe(context, opt.connection, rules, opt.max_chunk,
                                   opt.verbosity.verbose);
  }
  if (!opt.many.keep_open) co_return co_await send(context, opt);
  auto how = opt.many;
  how.max_chunk = opt.max_chunk;
  cli::progress counting(context, opt.progress, cli::size_of_standard_input());
  co_return co_await send::fan_out(context, opt.connection, how, opt.verbosity, counting);
}

void add_probe(CLI::App& app, bool& out) {
  auto* probe = app.add_flag("--probe", out, "Only say whether somebody answers");
  probe->group("Connection")->needs(app.get_option("--connect"));
  for (const auto* other : {"ACTION", "--script", "--from", "--count"}) {
    probe->excludes(app.get_option(other));
  }
}

}  // namespace

int main(int argc, char** argv) {
  options opt;
  opt.command_line.assign(argv, argv + argc);
  CLI::App app{"Build chunks and send them, pass on standard input, or test a peer.", "chunk-send"};
  auto* actions = app.add_option("ACTION", opt.actions,
                                 "ID:contents, request:ID:contents, expect:ID:contents,\n"
                                 "@FILE, raw-send:bytes, delay:SECONDS and others;\n"
                                 "see chunk-script(5)");
  cli::add_connection_options(app, opt.connection);
  auto* scripts =
      app.add_option("-f,--script", opt.scripts, "Perform the actions in FILE too (repeatable)");
  scripts->type_name("FILE")->allow_extra_args(false)->group("Input/Output");
  app.add_option("--from", opt.from, "Take standard input for raw chunks or json lines")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"raw", "json"}))
      ->capture_default_str()
      ->excludes(actions)
      ->excludes(scripts)
      ->group("Input/Output");
  cli::add_protocol(app, opt.protocol);
  cli::add_count(app, "-n,--count", opt.count, "End after N replies", "Input/Output");
  cli::add_progress(app, opt.progress);
  send::add_test_options(app, opt.test);
  send::add_fan_out_options(app, opt.many);
  add_probe(app, opt.probe);
  cli::add_max_chunk(app, opt.max_chunk);
  cli::add_other(app, opt.verbosity);
  return cli::run(app, argc, argv,
                  [&](asio::io_context& context) { return cli::run(context, work(context, opt)); });
}
