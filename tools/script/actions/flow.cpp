// Times, values, blocks and cases.
#include "io/files.hpp"
#include "io/tasks.hpp"
#include "script/actions/parsing.hpp"
#include "script/actions/table.hpp"
#include "script/player/stage.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace tools::script {
namespace {

// --- within, delay, at, timeout ---

chunk::result<argument> parse_range(argument_text& from) {
  const auto dash = from.text.find('-');
  if (dash == from.text.npos) return bad(from.text, "needs MIN-MAX, in seconds");
  const auto least = parse_seconds(from.text.substr(0, dash), from.offending);
  if (!least) return tl::unexpected(least.error());
  const auto most = parse_seconds(from.text.substr(dash + 1), from.offending);
  if (!most) return tl::unexpected(most.error());
  from.offending = from.text;
  if (*most < *least) return bad(from.text, "the first time is above the second");
  return argument(time_range{*least, *most});
}

remaining_work within(stage& by, const step& now) {
  by.bound() = std::get<time_range>(now.argument);
  return std::nullopt;
}

asio::awaitable<void> pause(stage& by, const step& now) {
  co_await by.flush();
  co_await io::pause(std::get<chunk::net::duration>(now.argument));
}

remaining_work delay(stage& by, const step& now) {
  return pause(by, now);
}

/// Waits until a time since the case began.
asio::awaitable<void> pause_until(stage& by, const step& now) {
  const auto speed = by.state().speed;
  if (speed == 0) co_return;
  co_await by.flush();
  const std::chrono::duration<double> recorded = std::get<chunk::net::duration>(now.argument);
  const std::chrono::duration<double> scaled(std::min(recorded.count() / speed, longest_time));
  co_await io::pause_until(by.began() + std::chrono::duration_cast<chunk::net::duration>(scaled));
}

remaining_work wait_until(stage& by, const step& now) {
  return pause_until(by, now);
}

chunk::result<argument> parse_limit(argument_text& from) {
  const auto limit = parse_seconds(from.text, from.offending);
  if (!limit) return tl::unexpected(limit.error());
  if (*limit == chunk::net::duration{}) return out_of_range("timeout: 0 is not above 0");
  return argument(*limit);
}

remaining_work timeout(stage& by, const step& now) {
  by.state().timeout = std::get<chunk::net::duration>(now.argument);
  return std::nullopt;
}

// --- let ---

/// NAME=text, whose name has been checked.
chunk::result<argument> parse_assignment(argument_text& from) {
  const auto equals = from.text.find('=');
  from.offending = from.text.substr(equals + 1);
  auto value = parse_bytes(from.offending);
  if (!value) return tl::unexpected(value.error());
  return argument(assignment{std::string(from.text.substr(0, equals)), std::move(*value)});
}

remaining_work let(stage& by, const step& now) {
  const auto& given = std::get<assignment>(now.argument);
  by.state().values.set(given.name, given.value);
  return std::nullopt;
}

// --- repeat ---

chunk::result<argument> parse_rounds(argument_text& from) {
  const auto rounds = parse_number(from.text, "repeat:");
  if (!rounds) return tl::unexpected(rounds.error());
  return argument(repetition{*rounds});
}

remaining_work repeat(stage& by, const step& now) {
  by.where().begin_rounds(std::get<repetition>(now.argument).rounds);
  return std::nullopt;
}

// --- retry ---

chunk::result<argument> parse_attempts(argument_text& from) {
  const auto read = parse_number_and_seconds(from.text, "retry:", from.offending);
  if (!read) return tl::unexpected(read.error());
  from.offending = from.text.substr(0, from.text.find(','));
  if (read->first == 0) return out_of_range("retry: 0 is not above 0");
  return argument(attempts{read->first, read->second});
}

remaining_work retry(stage& by, const step& now) {
  by.where().begin_attempts(std::get<attempts>(now.argument));
  return std::nullopt;
}

// --- for-each ---

chunk::result<argument> parse_for_each(argument_text& from) {
  if (const auto wrong = refuse_nul(from, "the name of a file")) return tl::unexpected(*wrong);
  const auto held = io::load_file(std::string(from.text));
  if (!held) return tl::unexpected(held.error());
  auto read = read_rows(text_of(*held), std::string(from.text));
  if (!read) return tl::unexpected(read.error());
  return argument(row_choice{std::make_shared<const row_file>(std::move(*read))});
}

/// Gives the columns the values of one row. The parser has made a block of each.
remaining_work begin_row(stage& by, const step& now) {
  const auto& chosen = std::get<row_choice>(now.argument);
  const auto& values = chosen.from->rows[chosen.index].values;
  for (std::size_t at = 0; at < values.size(); ++at) {
    by.state().values.set(chosen.from->columns[at], values[at]);
  }
  by.where().begin_named(to_text(*chosen.from, chosen.index));
  return std::nullopt;
}

// --- end ---

remaining_work end(stage& by, const step&) {
  by.where().end_block();
  return std::nullopt;
}

// --- test-case ---

chunk::result<argument> parse_case(argument_text& from) {
  if (from.text.empty()) return bad(from.action, "needs a name");
  return argument(case_name{std::string(from.text)});
}

/// Never performed: the parser makes a case of it.
remaining_work begin_case(stage&, const step&) {
  return std::nullopt;
}

constexpr action flow_table[] = {
    {
        .name = "within",
        .argument = "MIN-MAX",
        .help = "Fail unless the next step takes MIN to MAX seconds",
        .shape = structure::bounds_next,
        .tests = true,
        .serves = true,
        .parse = parse_range,
        .perform = within,
    },
    {
        .name = "delay",
        .argument = "SECONDS",
        .help = "Wait for a time",
        .serves = true,
        .parse = parse_duration,
        .perform = delay,
    },
    {
        .name = "at",
        .argument = "SECONDS",
        .help = "Wait until so long after the beginning of the case",
        .serves = true,
        .parse = parse_duration,
        .perform = wait_until,
    },
    {
        .name = "timeout",
        .argument = "SECONDS",
        .help = "Limit the time of each step from here on",
        .prepares = true,
        .serves = true,
        .parse = parse_limit,
        .perform = timeout,
    },
    {
        .name = "let",
        .argument = "NAME=text",
        .help = "Give a value to a name, for %{NAME}",
        .values = value_style::contents,
        .prepares = true,
        .serves = true,
        .names_value = true,
        .parse = parse_assignment,
        .perform = let,
    },
    {
        .name = "repeat",
        .argument = "N",
        .help = "Perform the steps up to the matching end N times",
        .shape = structure::begins_block,
        .serves = true,
        .parse = parse_rounds,
        .perform = repeat,
    },
    {
        .name = "retry",
        .argument = "N[,SECONDS]",
        .help = "Try the steps up to end N times, until they pass",
        .shape = structure::begins_block,
        .tests = true,
        .serves = true,
        .parse = parse_attempts,
        .perform = retry,
    },
    {
        .name = "for-each",
        .argument = "FILE",
        .help = "Use the steps or cases up to end with each row of FILE",
        .shape = structure::begins_rows,
        .serves = true,
        .parse = parse_for_each,
        .perform = begin_row,
    },
    {
        .name = "end",
        .argument = "",
        .help = "End a block",
        .shape = structure::ends_block,
        .serves = true,
        .parse = parse_nothing,
        .perform = end,
    },
    {
        .name = "test-case",
        .argument = "NAME",
        .help = "Begin a case",
        .shape = structure::begins_case,
        .tests = true,
        .parse = parse_case,
        .perform = begin_case,
    },
};
static_assert(are_no_ids(flow_table));

}  // namespace

std::span<const action> flow_actions() {
  return flow_table;
}

}  // namespace tools::script
