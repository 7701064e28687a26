// chunk-send: builds chunks and sends them, passes a stream of them on, or tests a peer by a
// script.
#include "cli.hpp"
#include "protocols.hpp"
#include "script/player.hpp"
#include "script/read.hpp"
#include "send/conversation.hpp"
#include "send/test_run.hpp"
#include "send/text_transport.hpp"
#include "send/writer.hpp"
#include "tls.hpp"

#include <chunk/socket.hpp>
#include <chunk/transport.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <asio/awaitable.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

struct options {
  cli::connection_options connection;
  cli::verbosity verbosity;
  sending::test_options test;
  std::vector<std::string> actions;
  std::vector<std::string> scripts;
  std::vector<std::string> command_line;
  std::string from = "raw";
  std::string protocol = "guess";
  std::uint64_t count = cli::no_count;
  std::uint32_t max_chunk = chunk::max_length;

  sending::form form() const { return from == "json" ? sending::form::json : sending::form::raw; }
  bool has_steps() const { return !actions.empty() || !scripts.empty(); }
};

/// Passes the stream on standard input on to standard output.
asio::awaitable<void> copy(asio::io_context& context, const options& opt) {
  const auto standard = chunk::open_stdio(context);
  sending::text_transport terminal(cli::choose_protocol(opt.protocol));
  const bool as_text = cli::output::is_terminal();
  sending::writer out(as_text ? static_cast<chunk::transport&>(terminal) : *standard);
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
                                const script::program& all) {
  auto terminal = std::make_unique<sending::text_transport>(cli::choose_protocol(opt.protocol));
  auto& shown = *terminal;
  std::unique_ptr<chunk::transport> to = std::move(terminal);
  const bool as_text = cli::output::is_terminal();
  if (!as_text) to = chunk::open_stdio(context);
  cli::output unused;
  sending::output_printer printer(unused);
  script::trace trace;
  script::surroundings around{context, all, printer};
  if (opt.test.trace) around.trace = &trace;
  script::conditions start{script::variables(sending::seed_of(opt.test))};
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
                              const script::program& all) {
  script::trace trace;
  sending::settings how{cli::choose_protocol(opt.protocol), opt.form(), opt.max_chunk, opt.count,
                        cli::timeout_of(opt.connection)};
  how.seed = sending::seed_of(opt.test);
  how.tls = opt.connection.tls;
  if (!opt.connection.connect.empty()) {
    const auto& address = opt.connection.connect;
    how.open = [&](chunk::duration limit) {
      return chunk::connect(context, value_or_throw(chunk::parse_endpoint(address)), limit,
                            cli::client_tls(address, opt.connection.tls));
    };
  }
  if (opt.test.trace) how.trace = &trace;
  auto link = co_await cli::reach_peer(context, opt.connection, opt.verbosity.verbose);
  std::unique_ptr<chunk::transport> from;
  if (!opt.has_steps()) from = chunk::open_stdio(context);
  const auto& steps = all.units.front().cases.front().steps;
  const auto talk =
      std::make_unique<sending::conversation>(context, std::move(link), all, steps, std::move(how));
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
  cli::watch_for_reader(context);
  if (all->is_test) {
    if (opt.count != cli::no_count) {
      throw cli::wrong_usage("--count: a test ends when its steps are done");
    }
    auto words = opt.command_line;
    co_return co_await sending::run_test(context, *all, opt.test, opt.connection, opt.verbosity,
                                         opt.max_chunk, std::move(words));
  }
  if (opt.test.makes_test()) throw cli::wrong_usage("there is nothing to test; give an action");
  if (has_peer) co_return co_await converse(context, opt, *all);
  if (opt.has_steps()) {
    co_await write_out(context, opt, *all);
  } else {
    co_await copy(context, opt);
  }
  co_return cli::success;
}

}  // namespace

int main(int argc, char** argv) {
  options opt;
  opt.command_line.assign(argv, argv + argc);
  CLI::App app{"Build chunks and send them, pass on standard input, or test a peer.", "chunk-send"};
  auto* actions = app.add_option("ACTION", opt.actions,
                                 "ID:contents, request:ID:contents, expect:ID:contents,\n"
                                 "raw-send:bytes, delay:SECONDS and others;\n"
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
  sending::add_test_options(app, opt.test);
  cli::add_max_chunk(app, opt.max_chunk);
  cli::add_other(app, opt.verbosity);
  return cli::run(app, argc, argv,
                  [&](asio::io_context& context) { return cli::run(context, send(context, opt)); });
}
