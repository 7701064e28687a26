// chunk-send: builds chunks and sends them, or passes a stream of them on.
#include "cli.hpp"
#include "protocols.hpp"
#include "script/actions.hpp"
#include "send/conversation.hpp"
#include "send/text_transport.hpp"
#include "send/writer.hpp"

#include <chunk/socket.hpp>
#include <chunk/transport.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <asio/awaitable.hpp>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

struct options {
  cli::connection_options connection;
  cli::verbosity verbosity;
  std::vector<std::string> actions;
  std::vector<std::string> scripts;
  std::string from = "raw";
  std::string protocol = "guess";
  std::uint64_t count = cli::no_count;
  std::uint32_t max_chunk = chunk::max_length;

  sending::form form() const { return from == "json" ? sending::form::json : sending::form::raw; }
};

/// Throws the error of reading an action; one that is not of the format is that of a file.
template <class T>
T value_or_refuse(chunk::result<T> parsed) {
  const bool file = !parsed && parsed.error().code.category() != chunk::format_category();
  if (file) throw chunk::local_failure(parsed.error());
  return value_or_throw(std::move(parsed));
}

/// Reads every action before anything is sent.
std::vector<script::action> read_actions(const options& opt) {
  std::vector<script::action> out;
  for (const auto& text : opt.actions) out.push_back(value_or_refuse(script::parse_action(text)));
  for (const auto& path : opt.scripts) {
    const auto bytes = value_or_refuse(script::load_file(path));
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    auto steps = value_or_refuse(script::parse_script(text, path));
    std::ranges::move(steps, std::back_inserter(out));
  }
  return out;
}

/// Writes the stream to standard output.
asio::awaitable<void> write_out(asio::io_context& context, const options& opt,
                                const std::vector<script::action>& steps) {
  const auto waits = std::ranges::find_if(steps, &script::action::reads);
  if (waits != steps.end()) {
    throw cli::wrong_usage("'" + waits->text + "': needs a peer; use --connect or --listen");
  }
  const auto standard = chunk::open_stdio(context);
  sending::text_transport terminal(cli::choose_protocol(opt.protocol));
  const bool as_text = cli::output::is_terminal();
  sending::writer out(as_text ? static_cast<chunk::transport&>(terminal) : *standard);
  for (const auto& step : steps) co_await out.perform(step);
  co_await out.flush();
  const bool pass_on = opt.actions.empty() && opt.scripts.empty();
  std::exception_ptr problem;
  try {
    if (pass_on) co_await out.pass_on(*standard, opt.form(), opt.max_chunk);
  } catch (const chunk::failure&) {
    problem = std::current_exception();  // what came before it is shown first
  }
  terminal.finish();
  if (problem) std::rethrow_exception(problem);
}

asio::awaitable<int> send(asio::io_context& context, const options& opt) {
  const auto steps = read_actions(opt);
  cli::watch_for_reader(context);
  if (!opt.connection.connected()) {
    co_await write_out(context, opt, steps);
    co_return cli::success;
  }
  sending::settings how{cli::choose_protocol(opt.protocol), opt.form(), opt.max_chunk, opt.count,
                        cli::timeout_of(opt.connection)};
  const auto link = co_await cli::reach_peer(context, opt.connection, opt.verbosity.verbose);
  std::unique_ptr<chunk::transport> from;
  if (opt.actions.empty() && opt.scripts.empty()) from = chunk::open_stdio(context);
  sending::conversation talk(*link, steps, std::move(how));
  co_await talk.hold(from.get());
  co_return cli::success;
}

}  // namespace

int main(int argc, char** argv) {
  options opt;
  CLI::App app{"Build chunks and send them, or pass on the stream on standard input.",
               "chunk-send"};
  auto* actions = app.add_option("ACTION", opt.actions,
                                 "ID:contents, request:..., requestd:..., expect:...,\n"
                                 "raw-send:..., raw-receive:N or delay:SECONDS;\n"
                                 "see chunk-send(1)");
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
  cli::add_max_chunk(app, opt.max_chunk);
  cli::add_other(app, opt.verbosity);
  return cli::run(app, argc, argv,
                  [&](asio::io_context& context) { return cli::run(context, send(context, opt)); });
}
