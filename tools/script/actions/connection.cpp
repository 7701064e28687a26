// Actions that open and end connections.
#include "script/actions/parsing.hpp"
#include "script/actions/table.hpp"
#include "script/player/connecting.hpp"
#include "script/player/stage.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace tools::script {
namespace {

// --- connect ---

asio::awaitable<void> open_anew(stage& by, const step& now) {
  const auto which = now.connection;
  const auto& where = std::get<address>(now.argument).text;
  if (!where.empty()) by.links().address(which) = where;
  if (which == 0 && !where.empty()) by.state().address = where;
  if (by.state().prepares) co_return;
  if (auto* const before = by.links().find(which)) {
    if (before->has_unwritten()) co_await before->flush(by.state().how, {by.limit()});
    by.close(which);
  }
  co_await open_connection(by, which);
}

remaining_work connect(stage& by, const step& now) {
  return open_anew(by, now);
}

// --- shutdown, close, reset ---

chunk::result<argument> parse_half(argument_text& from) {
  constexpr std::array<std::pair<std::string_view, half>, 3> halves{
      {{"", half::write}, {"write", half::write}, {"read", half::read}}};
  return parse_word(from.text, halves, "there are shutdown:write and shutdown:read");
}

/// Writes the buffered chunks before a connection ends.
asio::awaitable<void> write_before_end(stage& by, const step& now) {
  auto& on = by.connection(now);
  if (on.has_unwritten()) co_await on.flush(by.state().how, by.write_limit());
  if (by.around().trace) by.around().trace->event(on.name(), now.text);
}

asio::awaitable<void> end_half(stage& by, const step& now) {
  co_await write_before_end(by, now);
  auto& link = by.connection(now).link();
  if (std::get<half>(now.argument) == half::write) {
    link.shutdown_write();
  } else {
    link.shutdown_read();
  }
}

remaining_work shutdown(stage& by, const step& now) {
  return end_half(by, now);
}

asio::awaitable<void> end_in_order(stage& by, const step& now) {
  co_await write_before_end(by, now);
  by.close(now.connection);
}

remaining_work close(stage& by, const step& now) {
  return end_in_order(by, now);
}

asio::awaitable<void> break_off(stage& by, const step& now) {
  co_await write_before_end(by, now);
  by.connection(now).link().reset();
  by.close(now.connection);
}

remaining_work reset(stage& by, const step& now) {
  return break_off(by, now);
}

constexpr action connection_table[] = {
    {
        .name = "connect",
        .argument = "[ADDR]",
        .help = "Open a connection, or open it again",
        .values = value_style::plain,
        .opens_connection = true,
        .prepares = true,
        .tests = true,
        .parse = parse_address,
        .perform = connect,
    },
    {
        .name = "shutdown",
        .argument = "[write|read]",
        .help = "End one half of the connection",
        .uses_connection = true,
        .serves = true,
        .parse = parse_half,
        .perform = shutdown,
    },
    {
        .name = "close",
        .argument = "",
        .help = "Close the connection",
        .uses_connection = true,
        .ends_connection = true,
        .serves = true,
        .parse = parse_nothing,
        .perform = close,
    },
    {
        .name = "reset",
        .argument = "",
        .help = "Close the connection so that the peer sees it broken",
        .uses_connection = true,
        .ends_connection = true,
        .serves = true,
        .parse = parse_nothing,
        .perform = reset,
    },
};
static_assert(are_no_ids(connection_table));

}  // namespace

std::span<const action> connection_actions() {
  return connection_table;
}

}  // namespace tools::script
