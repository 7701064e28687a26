// Commands and servers.
#include "cli/status.hpp"
#include "io/tasks.hpp"
#include "script/actions/parsing.hpp"
#include "script/actions/table.hpp"
#include "script/language/words.hpp"
#include "script/player/connecting.hpp"
#include "script/player/stage.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace tools::script {
namespace {

chunk::result<argument> parse_command(argument_text& from) {
  if (from.text.empty()) return bad(from.action, "needs a command");
  if (const auto wrong = refuse_nul(from, "a command")) return tl::unexpected(*wrong);
  return argument(command{std::string(from.text)});
}

// --- skip-if ---

asio::awaitable<void> skip_if_succeeds(stage& by, const step& now) {
  const auto& text = std::get<command>(now.argument).text;
  co_await by.flush();
  const auto end = co_await by.around().children->run(text, by.limit());
  if (!end.succeeded()) co_return;
  const auto reason = "'" + shortened(chunk::quoted(text), 60) + "' succeeded";
  throw skipped(reason);
}

remaining_work skip_if(stage& by, const step& now) {
  return skip_if_succeeds(by, now);
}

// --- wait-for ---

asio::awaitable<void> wait_until_accepted(stage& by, const step& now) {
  using clock = std::chrono::steady_clock;
  co_await by.flush();
  const auto until = by.log().began() + by.limit();
  for (;;) {
    std::error_code why;
    std::string reason;
    try {
      const auto left = std::max(until - clock::now(), chunk::net::duration{1});
      const auto link = co_await connect_to(by, std::get<address>(now.argument).text, left);
    } catch (const chunk::failure& problem) {
      why = problem.code();
      reason = problem.what();
    }
    if (!why) co_return;
    by.check_children();
    if (!is_too_early(why) && why != std::errc::timed_out) by.fail(now, cli::connection, reason);
    if (clock::now() >= until) {
      by.fail(now, cli::deadline, fmt::format("nobody accepts: {}", reason));
    }
    co_await io::pause(retry_pause);
  }
}

remaining_work wait_for(stage& by, const step& now) {
  return wait_until_accepted(by, now);
}

// --- run ---

asio::awaitable<void> run_to_end(stage& by, const step& now) {
  const auto& text = std::get<command>(now.argument).text;
  co_await by.flush();
  const auto end = co_await by.around().children->run(text, by.limit());
  if (end.succeeded()) co_return;
  auto what = by.about(now, cli::negative, "ended with " + end.in_words());
  what.output = end.output;
  throw step_failure(std::move(what));
}

remaining_work run(stage& by, const step& now) {
  return run_to_end(by, now);
}

// --- start ---

/// The unnamed connection connects to the server unless a step or an option gives another address.
remaining_work start(stage& by, const step& now) {
  by.around().children->start(std::get<command>(now.argument).text);
  by.state().may_start_late = true;
  const auto address = by.state().values.find("address");
  if (!by.around().open && address && *address) {
    const auto& path = **address;
    by.state().address.assign(reinterpret_cast<const char*>(path.data()), path.size());
  }
  return std::nullopt;
}

constexpr action process_table[] = {
    {
        .name = "skip-if",
        .argument = "COMMAND",
        .help = "Skip the case if the command succeeds",
        .values = value_style::command,
        .prepares = true,
        .tests = true,
        .parse = parse_command,
        .perform = skip_if,
    },
    {
        .name = "wait-for",
        .argument = "ADDR",
        .help = "Wait until somebody accepts connections there",
        .values = value_style::plain,
        .prepares = true,
        .tests = true,
        .parse = parse_address,
        .perform = wait_for,
    },
    {
        .name = "run",
        .argument = "COMMAND",
        .help = "Fail unless the command succeeds",
        .values = value_style::command,
        .prepares = true,
        .tests = true,
        .parse = parse_command,
        .perform = run,
    },
    {
        .name = "start",
        .argument = "COMMAND",
        .help = "Start a server, which runs until the case ends",
        .values = value_style::command,
        .prepares = true,
        .tests = true,
        .starts_server = true,
        .parse = parse_command,
        .perform = start,
    },
};
static_assert(are_no_ids(process_table));

}  // namespace

std::span<const action> process_actions() {
  return process_table;
}

}  // namespace tools::script
