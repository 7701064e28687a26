#include "recv/run.hpp"

#include "cli/command_line.hpp"
#include "cli/connect.hpp"
#include "cli/progress.hpp"
#include "cli/protocols.hpp"
#include "cli/run.hpp"
#include "cli/signals.hpp"
#include "cli/status.hpp"
#include "format/broken.hpp"
#include "format/options.hpp"
#include "io/descriptors.hpp"
#include "io/files.hpp"
#include "io/output.hpp"
#include "io/yield_every.hpp"
#include "recv/chunk_filter.hpp"
#include "recv/graceful_exit.hpp"
#include "recv/merger.hpp"
#include "recv/options.hpp"
#include "script/report/partial.hpp"

#include <chunk/net/listener.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/protocol.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

namespace tools::recv {
namespace {

/// The size of reads and writes. Chosen: larger ones are hardly faster.
constexpr std::size_t read_block = 256 * 1024;

/// The clients that are served at one time. Source: chunk-recv(1), --keep-open
constexpr std::uint64_t most_senders = 512;

/// Descriptors of the listener, and of the directory of its socket file.
constexpr std::uint64_t own_descriptors = 2;

/// The number of clients for which there are descriptors. Each takes one for its connection, and
/// may take one for a temporary file.
std::size_t most_connected(const options& opt) {
  const auto jobs = opt.exec ? std::min(opt.jobs, most_jobs) : 0;
  const auto commands = jobs * descriptors_of_a_job;
  const auto usable = io::usable_descriptors(2 * most_senders + commands, own_descriptors);
  return std::max<std::uint64_t>(usable > commands ? (usable - commands) / 2 : 0, 1);
}

/// Passes received chunks on to `into`. After the end of the stream, these are the chunks that end
/// with it, and one that is incomplete only in a container that was passed on.
///
/// Shape:   `faults` counts the places in containers where there is no chunk; each is reported,
///          unless the chunks are only passed on, without `rules`
/// Returns: true if the sink has to be flushed before the rest; false if nothing is left
bool pass_on(chunk::session::chunk_reader& from, const chunk::net::transport& link,
             const chunk::protocol* rules, chunk_filter& into, bool ended, std::uint64_t& faults) {
  chunk::fragment given;
  while (!into.is_full()) {
    if (!from.next(given)) return false;
    if (ended && !given.ends && given.level == 0) continue;
    const bool stray = given.kind == chunk::fragment_kind::stray;
    if (stray) {
      into.add_stray(given, from.stray_reason());
    } else {
      into.add(given, from.raw());
    }
    if (rules) {
      const auto* const why = stray ? &from.stray_reason() : nullptr;
      if (auto broken = format::find_broken(*rules, given, why)) {
        ++faults;
        cli::remark(to_text(chunk::about(link.name(), std::move(*broken))));
      }
    }
    if (into.into().is_due()) return true;
  }
  return false;
}

/// The rules by which long containers are walked: none where chunks are not shown, but passed on,
/// none for a protocol without containers, and none for the chunk framing, whose containers are not
/// walked.
const chunk::protocol* walks_by(const options& opt, const chunk::protocol& rules) {
  const bool flat = !makes_stream(opt) || format_of(opt).flat;
  const bool walks =
      rules.framing.definition && std::ranges::any_of(rules.rules, &chunk::rule::container);
  return flat || !walks ? nullptr : &rules;
}

asio::awaitable<int> receive_one(asio::io_context& context, const options& opt,
                                 const chunk::protocol& rules, chunk_filter& into) {
  std::unique_ptr<chunk::net::transport> link;
  if (opt.connection.connected()) {
    link = co_await cli::reach_peer(context, opt.connection, opt.verbosity.verbose);
  } else {
    if (!opt.split) io::refuse_output_as_input("-");
    link = chunk::net::open_stdio(context);
  }
  link->set_read_timeout(cli::timeout_of(opt.connection).value_or(chunk::net::duration{}));
  if (!opt.split) io::watch_for_reader(context);
  std::optional<cli::interruption> cleans_up;
  if (!makes_stream(opt)) cleans_up.emplace(context, [&](int) { into.into().abandon(); });
  into.into().set_sender(*link);
  chunk::session::reader_options limits;
  limits.max_payload = opt.max_chunk;
  limits.block = read_block;
  limits.framing = rules.framing.of(cli::choose_side(opt.side, opt.connection));
  limits.rules = walks_by(opt, rules);
  chunk::session::chunk_reader from(*link, limits);
  const auto streams = opt.connection.connected() ? chunk::net::open_stdio(context) : nullptr;
  auto& standard = streams ? *streams : *link;
  io::yield_every turns;
  std::uint64_t shown = 0;
  const auto passed = [&] {
    const auto bytes = from.offset() - std::exchange(shown, from.offset());
    into.show(bytes);
    return turns.after(bytes);
  };
  std::uint64_t faults = 0;
  std::exception_ptr problem;
  try {
    for (bool ended = false;;) {
      for (bool due = true; due;) {
        due = pass_on(from, *link, limits.rules, into, ended, faults);
        co_await into.into().flush();
        auto turn = passed();
        co_await std::move(turn);
      }
      for (std::uint64_t moved = 1; moved > 0 && into.takes_moved();) {
        moved = co_await from.pass_some(standard);
        into.count_moved(moved);
        auto turn = passed();
        co_await std::move(turn);
      }
      if (ended || into.is_full()) break;
      const bool more = co_await from.fill();
      ended = !more;
    }
  } catch (const chunk::failure&) {
    problem = std::current_exception();  // rethrown once all is done with the chunks before it
  }
  if (opt.verbosity.verbose && !link->ended_cleanly()) {
    cli::remark(link->name() + ": ended without close_notify");
  }
  chunk::result<void> whole;
  if (problem) {
    into.into().truncate({chunk::errc::truncated, {}}, {}, from.offset());
  } else if (!into.is_full()) {
    const auto held = from.raw();  // what has come of a header, or behind a payload
    const std::vector<std::byte> rest(held.begin(), held.end());
    const auto offset = from.offset() - rest.size();
    whole = from.finish();
    if (!whole) {
      auto why = whole.error();
      why.detail = script::without_subject(std::move(why.detail), link->name());
      into.into().truncate(why, rest, offset);
    }
  }
  auto finishing = into.into().finish();
  const int status = co_await std::move(finishing);
  if (opt.verbosity.verbose) cli::remark(into.totals());
  if (problem) std::rethrow_exception(problem);
  value_or_throw(whole);
  co_return status == cli::success&& faults > 0 ? static_cast<int>(cli::format) : status;
}

asio::awaitable<int> receive_many(asio::io_context& context, const options& opt,
                                  const chunk::protocol& rules, chunk_filter& into) {
  merge_options limits;
  limits.framing = rules.framing.of(cli::choose_side(opt.side, opt.connection));
  limits.max_chunk = opt.max_chunk;
  limits.spool_max = opt.spool_max;
  limits.max_senders = most_connected(opt);
  limits.timeout = cli::timeout_of(opt.connection).value_or(chunk::net::duration{});
  limits.verbose = opt.verbosity.verbose;
  const auto listener = cli::open_listener(context, opt.connection);
  const auto merging = std::make_shared<merger>(context, into, limits);
  graceful_exit ends(
      context, [&] { merging->stop(); },
      [&] {
        listener->close();
        into.into().abandon();
      });
  if (!opt.split) io::watch_for_reader(context);
  merging->listen(listener);
  cli::announce_listening(listener->local(), opt.connection.ready_fd, opt.verbosity.verbose,
                          opt.split ? cli::later_output::none : cli::later_output::some);
  auto running = merging->run();
  const int status = co_await std::move(running);
  if (opt.verbosity.verbose) cli::remark(into.totals());
  ends.raise_signal();
  co_return status;
}

asio::awaitable<int> carry_out(asio::io_context& context, const options& given) {
  cli::limit_reading(given.connection);
  const auto rules = cli::choose_protocol(given.protocol);
  auto opt = given;
  format::format_options how;
  how.rules = &rules;
  if (opt.pattern) format::follow_template(*opt.pattern, how, opt.max_chunk);
  // With a blocking write, --progress would be told late of SIGUSR1 and of the time.
  const bool beside_others = !opt.split && (opt.keep_open || opt.progress || !makes_stream(opt));
  const auto out =
      beside_others ? std::make_unique<io::output>(context) : std::make_unique<io::output>();
  const auto size = opt.connection.connected() ? std::nullopt : cli::size_of_standard_input();
  const auto ends = opt.keep_open ? cli::ends_by::owner : cli::ends_by::default_action;
  cli::progress counting(context, opt.progress, size, ends);
  chunk_filter into(opt.choice, rules, opt.range, opt.count, make_sink(context, opt, how, *out),
                    counting);
  auto work = opt.keep_open ? receive_many(context, opt, rules, into)
                            : receive_one(context, opt, rules, into);
  const int status = co_await std::move(work);
  co_return status;
}

}  // namespace

int run(int argc, char** argv) try {
  options opt;
  cli::command_line line("chunk-recv",
                         "Read streams of chunks, check each, and write those you choose.");
  add_options(line, opt);
  return cli::run(line, argc, argv, [&](asio::io_context& context) {
    return cli::run(context, carry_out(context, opt));
  });
} catch (const std::bad_alloc&) {
  return cli::out_of_memory();
}

}  // namespace tools::recv
