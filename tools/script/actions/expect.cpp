// Actions that wait for something from the peer.
#include "cli/status.hpp"
#include "script/actions/parsing.hpp"
#include "script/actions/send.hpp"
#include "script/actions/table.hpp"
#include "script/language/words.hpp"
#include "script/player/receiving.hpp"
#include "script/player/stage.hpp"
#include "script/report/partial.hpp"

#include <chunk/escape.hpp>
#include <chunk/framing.hpp>
#include <chunk/notation.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace tools::script {
namespace {

// --- request, requestd ---

/// Keeps a printed reply for an expect that may follow.
void keep_shown(stage& by, channel& on, const chunk::placed_chunk& reply) {
  if (!by.around().all.expects) return;
  on.shown.emplace_back(reply);
}

reply_fate print_line(stage& by, channel& on, const chunk::placed_chunk& reply,
                      const std::string& text) {
  if (by.around().out) by.around().out->line(text);
  keep_shown(by, on, reply);
  return {};
}

/// Prints a reply, with the subchunks that the protocol says it has.
reply_fate print(stage& by, const step&, channel& on, const chunk::placed_chunk& reply) {
  const auto& rules = *by.around().all.rules;
  const auto text =
      rules.guesses ? to_text(static_cast<const chunk::chunk_view&>(reply)) : to_text(reply, rules);
  return print_line(by, on, reply, text);
}

/// The same. Without a protocol, whatever consists of chunks is shown as subchunks.
reply_fate print_decoded(stage& by, const step& now, channel& on,
                         const chunk::placed_chunk& reply) {
  if (!by.around().all.rules->guesses) return print(by, now, on, reply);
  const auto inner = chunk::split(reply.payload);
  if (!inner || inner->empty()) return print(by, now, on, reply);
  return print_line(by, on, reply, to_text(reply.id, *inner));
}

asio::awaitable<void> send_and_await(stage& by, const step& now, asio::awaitable<void> sending,
                                     reply_use* use) {
  co_await std::move(sending);
  co_await await_reply(by, now, use);
}

remaining_work ask(stage& by, const step& now, reply_use* use) {
  if (auto sending = send_chunk(by, now)) {
    return send_and_await(by, now, std::move(*sending), use);
  }
  return next_reply(by, now, use);
}

remaining_work request(stage& by, const step& now) {
  return ask(by, now, print);
}

remaining_work request_decoded(stage& by, const step& now) {
  return ask(by, now, print_decoded);
}

// --- expect ---

chunk::result<argument> parse_pattern(argument_text& from, bool in_order) {
  auto wanted = pattern::parse(from.text, in_order, from.offending, from.rules);
  if (!wanted) return tl::unexpected(wanted.error());
  return argument(std::make_shared<const pattern>(std::move(*wanted)));
}

chunk::result<argument> parse_expect(argument_text& from) {
  return parse_pattern(from, false);
}

chunk::result<argument> parse_expect_exact(argument_text& from) {
  return parse_pattern(from, true);
}

/// Takes a reply that matches. One that does not is a failure, unless a rule answers it.
reply_fate compare(stage& by, const step& now, channel&, const chunk::placed_chunk& reply) {
  captured names;
  const auto& wanted = std::get<expected_reply>(now.argument);
  auto wrong =
      wanted ? wanted->compare(reply, reply.payload_offset(), names, within_limit(by, now, reply))
             : mismatch{"nothing is expected yet", std::nullopt};
  if (auto* const lines = by.around().updates) {
    lines->examine(now, by.around().all, by.state().values, reply, wrong, names);
  }
  for (const auto& [name, value] : names) by.state().values.set(name, value);
  if (!wrong) return {};
  if (auto answer = answer_by_rule(by, now, reply)) return {false, std::move(answer)};
  auto what = by.about(now, cli::negative, std::move(wrong->reason));
  what.expected = chunk::quoted(now.text);
  what.received = show_shortened(reply, *by.around().all.rules);
  what.bytes = std::move(wrong->bytes);
  what.offset = reply.offset;
  throw step_failure(std::move(what));
}

/// Takes the oldest printed reply, if there is one, and otherwise the next reply.
remaining_work expect(stage& by, const step& now) {
  auto& on = by.connection(now);
  if (on.shown.empty()) return next_reply(by, now, compare);
  const bool written = !on.has_unwritten() || on.flush_at_once(by.state().how);
  if (!written) return await_reply(by, now, compare);
  const auto again = std::move(on.shown.front());
  on.shown.pop_front();
  auto fate = compare(by, now, on, again.chunk());
  if (fate.taken) return std::nullopt;
  return await_reply(by, now, compare, std::move(fate.answer));
}

// --- until ---

/// Takes a reply that matches, and passes over all others that no rule answers.
reply_fate pass_over(stage& by, const step& now, channel&, const chunk::placed_chunk& reply) {
  captured names;
  const auto& wanted = *std::get<expected_reply>(now.argument);
  const auto wrong =
      wanted.compare(reply, reply.payload_offset(), names, within_limit(by, now, reply));
  if (wrong) return {false, answer_by_rule(by, now, reply)};
  for (const auto& [name, value] : names) by.state().values.set(name, value);
  return {};
}

/// Takes printed replies, and then the next ones.
remaining_work until(stage& by, const step& now) {
  auto& on = by.connection(now);
  passed_over passed;
  while (!on.shown.empty()) {
    const auto again = std::move(on.shown.front());
    on.shown.pop_front();
    auto fate = pass_over(by, now, on, again.chunk());
    if (fate.taken) return std::nullopt;
    passed.note(again.id);
    if (fate.answer) return await_reply(by, now, pass_over, std::move(fate.answer), passed);
  }
  return next_reply(by, now, pass_over, std::move(passed));
}

// --- raw bytes ---

struct taken_bytes {
  std::uint64_t offset = 0;  // in the stream
  std::vector<std::byte> bytes;
};

asio::awaitable<taken_bytes> take_bytes(stage& by, const step& now, std::size_t wanted) {
  auto& on = by.connection(now);
  on.used_raw = true;
  co_await by.write_all();
  begin_to_wait(by);
  while (on.in().held() < wanted) {
    const auto came = co_await by.more(on);
    if (came == arrival::late) {
      fail_late(by, now, "not all bytes came", chunk::quoted(now.text),
                fmt::format("{} bytes: {}", on.in().held(), show_shortened(on.in().unread())));
    }
    if (came == arrival::end) break;
  }
  by.deadline().clear();
  taken_bytes out{on.in().offset(), {}};
  out.bytes = co_await on.in().take(wanted);
  if (by.around().trace) {
    by.around().trace->received(on.name(), std::span<const std::byte>(out.bytes));
  }
  co_return out;
}

/// The message if the stream has ended too early.
fault cut_short(stage& by, const step& now, const taken_bytes& came, std::size_t wanted) {
  auto out =
      by.about(now, cli::format,
               fmt::format("the stream ended after {} of {} bytes", came.bytes.size(), wanted));
  out.received = show_shortened(came.bytes);
  out.offset = came.offset;
  return out;
}

chunk::result<argument> parse_raw_receive(argument_text& from) {
  const auto count = parse_number(from.text, "raw-receive:");
  if (!count) return tl::unexpected(count.error());
  return argument(byte_count{*count});
}

asio::awaitable<void> receive_bytes(stage& by, const step& now) {
  const auto wanted = static_cast<std::size_t>(std::get<byte_count>(now.argument).value);
  const auto came = co_await take_bytes(by, now, wanted);
  if (by.around().out) by.around().out->raw(came.bytes);
  if (came.bytes.size() < wanted) throw step_failure(cut_short(by, now, came, wanted));
}

remaining_work raw_receive(stage& by, const step& now) {
  return receive_bytes(by, now);
}

chunk::result<argument> parse_expect_raw(argument_text& from) {
  if (from.text.empty()) return bad(from.action, "needs bytes to expect");
  auto bytes = parse_bytes(from.text);
  if (!bytes) return tl::unexpected(bytes.error());
  return argument(std::move(*bytes));
}

asio::awaitable<void> compare_bytes(stage& by, const step& now) {
  const auto& wanted = std::get<byte_string>(now.argument);
  const auto came = co_await take_bytes(by, now, wanted.size());
  const auto read = [&](std::uint64_t from, std::span<std::byte> out) {
    const auto rest = std::span(wanted).subspan(static_cast<std::size_t>(from));
    const auto count = std::min(rest.size(), out.size());
    std::ranges::copy(rest.first(count), out.begin());
    return count;
  };
  difference found;
  const bool same = !find_difference(wanted.size(), read, came.bytes, found);
  auto* const lines = by.around().updates;
  if (same && !lines) co_return;
  auto what = cut_short(by, now, came, wanted.size());
  const bool as_far_as_it_goes = found.at == came.bytes.size();
  if (!as_far_as_it_goes) {
    what.status = cli::negative;
    what.reason = "the bytes differ: " + found.in_words();
  }
  if (lines && lines->examine_bytes(now, came.bytes, same, what.reason)) co_return;
  what.expected = chunk::quoted(now.text);
  found.offset = came.offset;
  if (!same) what.bytes = std::move(found);
  throw step_failure(std::move(what));
}

remaining_work expect_raw(stage& by, const step& now) {
  return compare_bytes(by, now);
}

// --- on ---

/// Adds a rule, whose steps are performed with each request that it answers.
remaining_work add_rule(stage& by, const step& now) {
  auto& where = by.where();
  by.rules().add({&where.now(), std::get<expected_reply>(now.argument), where.body()});
  where.skip_block();
  return std::nullopt;
}

// --- the end, and silence ---

chunk::result<argument> parse_expect_close(argument_text& from) {
  constexpr std::array<std::pair<std::string_view, expected_end>, 3> ends{
      {{"", expected_end::any}, {"eof", expected_end::eof}, {"reset", expected_end::reset}}};
  return parse_word(from.text, ends, "there are expect-close:eof and expect-close:reset");
}

[[noreturn]] void refuse_chunk(stage& by, const step& now, const chunk::fragment& reply) {
  auto what = by.about(now, cli::negative, "a chunk came, not the end of the connection");
  what.expected = chunk::quoted(now.text);
  what.received = show_shortened(reply.placed(), *by.around().all.rules);
  what.offset = reply.offset;
  throw step_failure(std::move(what));
}

/// Begins to answer a chunk that came instead of the end of a stream. Unless a rule answers it, it
/// is a failure.
asio::awaitable<void> answer_or_refuse(stage& by, const step& now, const chunk::fragment& reply) {
  if (!reply.ends && by.connection(now).ended) fail_at_end(by, now);
  if (!reply.begins || !reply.ends) refuse_chunk(by, now, reply);
  auto answer = answer_by_rule(by, now, reply.placed());
  if (!answer) refuse_chunk(by, now, reply);
  return std::move(*answer);
}

/// Waits for the end of the stream, before which only chunks may come that rules answer.
///
/// Returns: the code with which the connection was lost, or none after an orderly end
asio::awaitable<std::error_code> end_of_stream(stage& by, const step& now) {
  auto how = by.connection(now).broken().value_or(std::error_code{});
  begin_to_wait(by);
  for (auto came = arrival::bytes; came != arrival::end;) {
    auto& on = still_open(by, now);
    if (const auto reply = on.next_chunk()) {
      co_await answer_or_refuse(by, now, *reply);
      begin_to_wait(by);
      continue;
    }
    if (on.has_unwritten()) co_await by.write_all();
    try {
      came = co_await by.more(on);
    } catch (const chunk::failure& reason) {
      how = reason.code();
      came = arrival::end;
      on.ended = true;
    }
    if (came == arrival::late) {
      fail_late(by, now, "the connection was not ended", "the end",
                show_partial(by.around().limits.framing, on.in().unread()));
    }
  }
  by.deadline().clear();
  value_or_throw(by.connection(now).in().finish());
  co_return how;
}

asio::awaitable<void> await_close(stage& by, const step& now) {
  co_await by.write_all();
  const auto how = co_await end_of_stream(by, now);
  // Writing to a peer that has closed in an orderly way is not a reset.
  const bool reset = how && how != std::errc::broken_pipe;
  if (by.around().trace) {
    by.around().trace->event(by.connection(now).name(),
                             reset ? "reset by the peer" : "ended by the peer");
  }
  const auto wanted = std::get<expected_end>(now.argument);
  if (wanted == expected_end::eof && reset) {
    by.fail(now, cli::negative, "the connection was reset, not ended: " + message_of(how));
  }
  if (wanted == expected_end::reset && !reset) {
    by.fail(now, cli::negative, "the connection was ended, not reset");
  }
}

remaining_work expect_close(stage& by, const step& now) {
  return await_close(by, now);
}

/// Returns: whether nothing came during the time of the step, not even the end
asio::awaitable<bool> is_silent(stage& by, const step& now) {
  auto& on = by.connection(now);
  if (on.in().held() > 0 || on.ended) co_return false;
  by.deadline().set(std::get<chunk::net::duration>(now.argument));
  for (bool silent = true; silent;) {
    co_await by.readable(on);
    if (by.deadline().expired()) co_return true;
    silent = !on.try_fill();
  }
  by.deadline().clear();
  co_return false;
}

asio::awaitable<void> await_silence(stage& by, const step& now) {
  co_await by.write_all();
  const bool silent = co_await is_silent(by, now);
  if (silent) co_return;
  auto& in = by.connection(now).in();
  if (in.held() == 0) by.fail(now, cli::negative, "the peer ended the connection");
  auto what = by.about(now, cli::negative, "something came");
  what.expected = "nothing";
  what.offset = in.offset();
  if (const auto reply = in.next()) {
    what.received = reply->kind == chunk::fragment_kind::chunk
                        ? show_shortened(reply->placed(), *by.around().all.rules)
                        : show_shortened(reply->payload);
  } else {
    what.received = show_shortened(in.unread());
  }
  throw step_failure(std::move(what));
}

remaining_work expect_nothing(stage& by, const step& now) {
  return await_silence(by, now);
}

constexpr action expect_table[] = {
    {
        .name = "request",
        .argument = "ID[:contents]",
        .help = "Send a chunk, and print the next reply",
        .values = value_style::chunk,
        .uses_connection = true,
        .waits = true,
        .serves = true,
        .parse = parse_chunk_to_send,
        .perform = request,
    },
    {
        .name = "requestd",
        .argument = "ID[:contents]",
        .help = "Send a chunk, and print the next reply with its subchunks",
        .values = value_style::chunk,
        .uses_connection = true,
        .waits = true,
        .serves = true,
        .parse = parse_chunk_to_send,
        .perform = request_decoded,
    },
    {
        .name = "expect",
        .argument = "ID[:contents]",
        .help = "Fail unless the next reply matches",
        .values = value_style::pattern,
        .uses_connection = true,
        .waits = true,
        .expects = true,
        .may_be_blank = true,
        .tests = true,
        .serves = true,
        .parse = parse_expect,
        .perform = expect,
    },
    {
        .name = "expect,exact",
        .argument = "ID:contents",
        .help = "Fail unless the next reply has just these subchunks",
        .values = value_style::pattern,
        .uses_connection = true,
        .waits = true,
        .expects = true,
        .may_be_blank = true,
        .tests = true,
        .serves = true,
        .parse = parse_expect_exact,
        .perform = expect,
    },
    {
        .name = "until",
        .argument = "ID[:contents]",
        .help = "Take replies up to the first one that matches",
        .values = value_style::pattern,
        .uses_connection = true,
        .waits = true,
        .expects = true,
        .tests = true,
        .serves = true,
        .parse = parse_expect,
        .perform = until,
    },
    {
        .name = "on",
        .argument = "ID[:contents]",
        .help = "Answer all such requests by the steps up to end",
        .values = value_style::pattern,
        .shape = structure::begins_block,
        .uses_connection = true,
        .tests = true,
        .serves = true,
        .parse = parse_expect,
        .perform = add_rule,
    },
    {
        .name = "expect-raw",
        .argument = "bytes",
        .help = "Fail unless the next bytes are these",
        .values = value_style::contents,
        .uses_connection = true,
        .waits = true,
        .tests = true,
        .serves = true,
        .parse = parse_expect_raw,
        .perform = expect_raw,
    },
    {
        .name = "expect-close",
        .argument = "[eof|reset]",
        .help = "Fail unless the peer ends the connection",
        .uses_connection = true,
        .waits = true,
        .tests = true,
        .serves = true,
        .parse = parse_expect_close,
        .perform = expect_close,
    },
    {
        .name = "expect-nothing",
        .argument = "SECONDS",
        .help = "Fail if anything comes in that time",
        .uses_connection = true,
        .waits = true,
        .tests = true,
        .serves = true,
        .parse = parse_duration,
        .perform = expect_nothing,
    },
    {
        .name = "raw-receive",
        .argument = "N",
        .help = "Print the next N bytes as they are",
        .uses_connection = true,
        .waits = true,
        .serves = true,
        .parse = parse_raw_receive,
        .perform = raw_receive,
    },
};
static_assert(are_no_ids(expect_table));

}  // namespace

std::span<const action> expect_actions() {
  return expect_table;
}

}  // namespace tools::script
