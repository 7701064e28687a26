#include "send/run.hpp"

#include "cli/command_line.hpp"
#include "cli/connect.hpp"
#include "cli/progress.hpp"
#include "cli/protocols.hpp"
#include "cli/run.hpp"
#include "cli/status.hpp"
#include "format/formatted_output.hpp"
#include "format/options.hpp"
#include "io/files.hpp"
#include "io/output.hpp"
#include "io/write.hpp"
#include "script/actions/table.hpp"
#include "script/language/lines.hpp"
#include "script/language/read.hpp"
#include "script/player/player.hpp"
#include "send/conversation.hpp"
#include "send/fan_out.hpp"
#include "send/options.hpp"
#include "send/probe.hpp"
#include "send/session_run.hpp"
#include "send/suite.hpp"
#include "send/test_run.hpp"
#include "send/writer.hpp"

#include <chunk/escape.hpp>
#include <chunk/id.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace tools::send {
namespace {

/// The number of bytes to send from standard input, or from files if the actions send only files.
///
/// Returns: nullopt if it is not known
std::optional<std::uint64_t> size_to_send(const options& opt, const script::program& all) {
  if (!opt.has_steps()) {
    return opt.input_form() == form::raw ? cli::size_of_standard_input() : std::nullopt;
  }
  std::uint64_t out = 0;
  for (const auto& each : all.units.front().cases.front().steps) {
    std::error_code unknown;
    const auto* const file = std::get_if<script::chunk_file>(&each.argument);
    if (!file) return std::nullopt;
    out += std::filesystem::file_size(file->path, unknown);
    if (unknown) return std::nullopt;
  }
  return out;
}

/// Says whether an action sends the chunks on standard input.
bool sends_standard_input(const script::program& all) {
  const auto is_sent = [](const script::step& each) {
    const auto* const file = std::get_if<script::chunk_file>(&each.argument);
    return file && io::is_standard_input(file->path);
  };
  const auto has_some = [&](const auto& each) { return std::ranges::any_of(each.steps, is_sent); };
  return std::ranges::any_of(
      all.units, [&](const auto& unit) { return std::ranges::any_of(unit.cases, has_some); });
}

/// The protocol, with the side that sends: that of --side, or the server if this one listens.
script::shared_protocol choose_rules(const options& opt) {
  using chunk::stream_side;
  auto out = cli::choose_protocol(opt.protocol);
  const bool listens = opt.side.empty() && !opt.connection.listen.empty();
  const bool serves = listens || opt.side == "server";
  out.framing = out.framing.of(serves ? stream_side::server : stream_side::client);
  return std::make_shared<const chunk::protocol>(std::move(out));
}

/// Says whether a word of the command line is the name of a file, and no action. It is if there is
/// such a file, or if it can be meant as nothing else.
bool names_file(const std::string& word, const chunk::protocol& rules) {
  auto action = std::string_view(word);
  script::take_connection(action);
  const auto head = action.substr(0, action.find_first_of(",:"));
  const bool begins_chunk = chunk::parse_id(head, rules.framing.ids()).has_value();
  if (action.starts_with('@') || script::action_of(action) || begins_chunk) return false;
  std::error_code unknown;
  const auto kind = std::filesystem::status(word, unknown).type();
  if (kind == std::filesystem::file_type::regular) return true;
  if (kind == std::filesystem::file_type::fifo) return true;
  const bool is_one_word = word.find_first_of(":\n") == word.npos;
  return is_one_word && (word.find('/') != word.npos || word.ends_with(".script"));
}

/// What there is to perform: actions, and the paths of scripts.
struct work_list {
  std::vector<std::string> actions;
  std::vector<std::string> scripts;
};

/// Sorts the words of the command line. After --script, names of files are further scripts: that is
/// what --script *.script becomes.
///
/// Throws: failure with status usage for a file without --script
work_list sort_words(const options& opt, const chunk::protocol& rules) {
  work_list out{{}, opt.scripts};
  for (const auto& word : opt.actions) {
    const bool is_file = names_file(word, rules);
    if (is_file && opt.scripts.empty()) {
      throw cli::wrong_usage(chunk::quoted(word) +
                             ": a file; -f performs a script, and @ sends a stream");
    }
    (is_file ? out.scripts : out.actions).push_back(word);
  }
  if (opt.from == "text") out.scripts.emplace_back("-");
  return out;
}

/// Awaits `work`, and then has a format written to its end, also after a failure: the chunks before
/// it are shown. `shown` is null where chunks are written as they are.
asio::awaitable<void> show(asio::awaitable<void> work, format::formatted_output* shown) {
  std::exception_ptr problem;
  try {
    co_await std::move(work);
  } catch (const chunk::failure&) {
    problem = std::current_exception();
  }
  if (shown) shown->finish();
  if (problem) std::rethrow_exception(problem);
}

/// Copies chunks from standard input to standard output.
asio::awaitable<void> copy(asio::io_context& context, const options& opt,
                           const chunk::protocol& rules, cli::progress& counting) {
  io::refuse_output_as_input("-");
  const auto standard = chunk::net::open_stdio(context);
  const auto& format = format_or_default(opt.format);
  format::formatted_output shown(format, rules);
  writer out(format.needs.raw ? *standard : static_cast<chunk::net::transport&>(shown), rules,
             &counting);
  auto passing = out.pass_on(*standard, opt.input_form(), opt.max_chunk);
  co_await show(std::move(passing), &shown);
}

asio::awaitable<void> perform(script::player& by, std::span<const script::step> steps) {
  co_await by.perform(steps);
  co_await by.flush();
}

/// Writes the chunks that the steps send to standard output.
asio::awaitable<void> write_out(asio::io_context& context, const options& opt,
                                const script::program& all, cli::progress& counting) {
  const auto& format = format_or_default(opt.format);
  std::unique_ptr<chunk::net::transport> to;
  format::formatted_output* shown = nullptr;
  if (format.needs.raw) {
    to = chunk::net::open_stdio(context);
  } else {
    auto formatted = std::make_unique<format::formatted_output>(format, *all.rules);
    shown = formatted.get();
    to = std::move(formatted);
  }
  script::trace trace(*all.rules, opt.test.error_colours());
  script::player_setup setup{.context = context, .all = all};
  setup.start = script::first_conditions(seed_of(opt.test));
  setup.start.patient = true;
  setup.start.speed = opt.test.speed;
  setup.limits.max_payload = opt.max_chunk;
  setup.progress = &counting;
  if (opt.test.trace) setup.trace = &trace;
  script::player playing(std::move(setup));
  playing.adopt(std::move(to));
  playing.main()->set_reads_ahead(false);
  auto performing = perform(playing, all.units.front().cases.front().steps);
  co_await show(std::move(performing), shown);
}

asio::awaitable<int> converse(asio::io_context& context, const options& opt,
                              const script::program& all, cli::progress& counting) {
  script::trace trace(*all.rules, opt.test.error_colours());
  settings how{*all.rules, opt.input_form(), opt.max_chunk, opt.count,
               cli::timeout_of(opt.connection)};
  how.format = &format_or_default(opt.format);
  how.seed = seed_of(opt.test);
  how.speed = opt.test.speed;
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
  if (!opt.has_steps()) {
    io::refuse_output_as_input("-");
    from = chunk::net::open_stdio(context);
  }
  const auto& steps = all.units.front().cases.front().steps;
  const auto talk =
      std::make_unique<conversation>(context, std::move(link), all, steps, std::move(how));
  co_await talk->hold(from.get());
  if (opt.verbosity.verbose && !talk->ended_cleanly()) {
    cli::remark(opt.connection.connect + opt.connection.listen + ": ended without close_notify");
  }
  co_return cli::success;
}

asio::awaitable<int> send_all(asio::io_context& context, const options& opt) {
  // All actions and scripts are read before anything is sent.
  const bool has_peer = opt.connection.connected();
  if (opt.connection.connect == "-") {
    if (!opt.has_steps() && !opt.test.makes_test()) {
      throw cli::wrong_usage("--connect '-': standard input is the connection; give an ACTION");
    }
    value_or_throw(io::take_standard_input());
  }
  if (opt.test.update && std::ranges::find(opt.scripts, "-") != opt.scripts.end()) {
    throw cli::wrong_usage("--update: '-': standard input cannot be written to");
  }
  cli::limit_reading(opt.connection);
  if (wants_session(opt)) co_return co_await run_session(context, opt, choose_rules(opt));
  const bool only_reads = opt.test.check || opt.test.list_cases;
  const auto role = has_peer || only_reads ? script::role::connected : script::role::client;
  auto rules = choose_rules(opt);
  auto [actions, scripts] = sort_words(opt, *rules);
  if (opt.test.list_cases && scripts.empty() &&
      std::ranges::none_of(actions, script::begins_case)) {
    throw cli::wrong_usage("there is no test-case");
  }
  const bool as_test = opt.has_steps() && opt.test.makes_test();
  const auto most = opt.max_chunk == chunk::no_limit ? script::longest_value : opt.max_chunk;
  const auto all = script::read_program(std::move(actions), scripts, role, std::move(rules), most,
                                        {.as_test = as_test, .may_be_blank = opt.test.update});
  if (!all) co_return script::refuse(all.error());
  if (opt.connection.connect == "-" && sends_standard_input(*all)) {
    throw cli::wrong_usage("@-: '-': standard input is the connection");
  }
  if (!opt.verbosity.quiet) script::tell_remarks(*all);
  if (opt.test.check) co_return cli::success;
  if (opt.test.list_cases) {
    io::output out;
    for (const auto& each : choices_of_cases(*all)) out.text() += each + '\n';
    out.flush();
    co_return cli::success;
  }
  if (all->is_test || opt.test.trace) {
    const auto limit = cli::timeout_of(opt.connection);
    std::optional<std::chrono::milliseconds> patience;
    if (limit) patience = std::chrono::ceil<std::chrono::milliseconds>(*limit);
    io::set_error_limit(patience);
  }
  io::watch_for_reader(context);
  if (all->is_test) {
    if (opt.count != cli::no_count) {
      throw cli::wrong_usage("--count: a test ends when its steps are done");
    }
    if (opt.format) throw cli::wrong_usage("--format: a test writes no replies");
    auto words = opt.command_line;
    co_return co_await run_test(context, *all, opt.test, opt.connection, opt.verbosity,
                                opt.max_chunk, std::move(words));
  }
  if (opt.test.makes_test()) throw cli::wrong_usage("there is nothing to test; give an action");
  cli::progress counting(context, opt.progress, size_to_send(opt, *all));
  if (has_peer) co_return co_await converse(context, opt, *all, counting);
  if (opt.has_steps()) {
    co_await write_out(context, opt, *all, counting);
  } else {
    co_await copy(context, opt, *all->rules, counting);
  }
  co_return cli::success;
}

asio::awaitable<int> carry_out(asio::io_context& context, const options& opt) {
  if (opt.probe) {
    const auto rules = cli::choose_protocol(opt.protocol);
    co_return co_await probe(context, opt.connection, rules, opt.max_chunk, opt.verbosity.verbose);
  }
  if (!opt.many.keep_open) co_return co_await send_all(context, opt);
  auto how = opt.many;
  how.max_chunk = opt.max_chunk;
  how.framing = choose_rules(opt)->framing;
  cli::progress counting(context, opt.progress, cli::size_of_standard_input());
  co_return co_await fan_out(context, opt.connection, how, opt.verbosity, counting);
}

}  // namespace

int run(int argc, char** argv) try {
  options opt;
  opt.command_line.assign(argv, argv + argc);
  cli::command_line line("chunk-send",
                         "Build chunks and send them, pass on standard input, or test a peer.");
  add_options(line, opt);
  return cli::run(line, argc, argv, [&](asio::io_context& context) {
    return cli::run(context, carry_out(context, opt));
  });
} catch (const std::bad_alloc&) {
  return cli::out_of_memory();
}

}  // namespace tools::send
