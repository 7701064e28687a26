#include "dump/run.hpp"

#include "cli/command_line.hpp"
#include "cli/connect.hpp"
#include "cli/protocols.hpp"
#include "cli/run.hpp"
#include "cli/status.hpp"
#include "dump/options.hpp"
#include "dump/show.hpp"
#include "dump/tap.hpp"
#include "format/registry.hpp"
#include "io/files.hpp"
#include "io/output.hpp"

#include <chunk/escape.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/protocol.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <utility>

namespace tools::dump {
namespace {

/// Adds up the results of several streams, and makes the exit status of them.
class totals {
 public:
  totals(const format::output_format& format, const cli::choice& choice,
         const format::index_range& range)
      : judges_(format.judges),
        chooses_(!choice.only.empty() || !choice.skip.empty() || !range.is_everything()) {}

  void add(const show_result& of) {
    whole_ = whole_ && of.whole;
    shown_ += of.shown;
    findings_ += of.findings;
  }

  int status() const {
    if (judges_) return findings_ > 0 ? cli::negative : cli::success;
    if (!whole_) return cli::format;
    return chooses_ && shown_ == 0 ? cli::negative : cli::success;
  }

 private:
  const bool judges_;
  const bool chooses_;  // whether the command line selects chunks
  bool whole_ = true;
  std::uint64_t shown_ = 0;
  std::uint64_t findings_ = 0;
};

/// Opens a stream to show; "-" is standard input.
///
/// Throws: local_failure
std::unique_ptr<chunk::net::transport> open_stream(asio::io_context& context,
                                                   const std::string& path) {
  io::refuse_output_as_input(path);
  if (path == "-") return chunk::net::open_stdio(context);
  if (auto readable = io::check_readable(path); !readable) {
    auto why = std::move(readable).error();
    const bool is_socket = why.code == std::errc::no_such_device_or_address;
    if (is_socket) why.detail += "; --connect unix:" + path + " shows what comes from it";
    throw chunk::local_failure(std::move(why));
  }
  return chunk::net::open_file(context, path);
}

asio::awaitable<int> carry_out(asio::io_context& context, const options& opt) {
  cli::limit_reading(opt.connection);
  const auto rules = cli::choose_protocol(opt.protocol);
  if (opt.show.resync && !rules.framing.is_recognizable()) {
    throw cli::wrong_usage("--resync: nothing in a header of " + chunk::quoted(rules.name) +
                           " tells it from other bytes");
  }
  const auto& format = format_of(opt);
  using enum format::selection::names;
  const format::selection chosen(opt.choice.only, opt.choice.skip,
                                 format.flat ? chunks : chunks_and_subchunks, rules);
  auto how = show_options_of(opt, rules, chosen);
  io::watch_for_reader(context);
  if (opt.tap.wanted()) {
    auto tap = opt.tap;
    tap.how = how.how;
    tap.how.live = true;
    tap.max_chunk = how.max_chunk;
    tap.timeout = cli::timeout_of(opt.connection).value_or(tap.timeout);
    tap.mode = opt.connection.mode;
    tap.keep_alive = opt.connection.keep_alive.value_or(true);
    tap.tls = opt.connection.tls;
    tap.ready_fd = opt.connection.ready_fd;
    tap.verbose = opt.verbosity.verbose;
    tap.quiet = opt.verbosity.quiet;
    co_return co_await run_tap(context, tap);
  }
  io::output out;
  totals result(*how.how.format, opt.choice, how.range);
  const auto timeout = cli::timeout_of(opt.connection).value_or(chunk::net::duration{});
  if (opt.connection.connected()) {
    const auto link = co_await cli::reach_peer(context, opt.connection, opt.verbosity.verbose);
    link->set_read_timeout(timeout);
    how.how.subject = link->name();
    how.how.live = true;
    result.add(co_await show(*link, how, out));
    if (opt.verbosity.verbose && !link->ended_cleanly()) {
      cli::remark(link->name() + ": ended without close_notify");
    }
    co_return result.status();
  }
  auto files = opt.files;
  if (files.empty()) files.emplace_back("-");
  for (const auto& path : files) {
    if (files.size() > 1) out.text() += how.how.format->heading(chunk::quoted(path));
    const auto from = open_stream(context, path);
    from->set_read_timeout(timeout);
    how.how.subject = from->name();
    const auto shown = co_await show(*from, how, out);
    result.add(shown);
    if (how.count != cli::no_count) how.count -= shown.shown;
    how.chosen += shown.chosen;
    if (how.count == 0 || how.chosen >= how.range.last) break;
  }
  co_return result.status();
}

}  // namespace

int run(int argc, char** argv) try {
  options opt;
  cli::command_line line("chunk-dump", "Show the chunks in files, standard input or a connection.");
  add_options(line, opt);
  return cli::run(line, argc, argv, [&](asio::io_context& context) {
    complete(line, opt);
    return cli::run(context, carry_out(context, opt));
  });
} catch (const std::bad_alloc&) {
  return cli::out_of_memory();
}

}  // namespace tools::dump
