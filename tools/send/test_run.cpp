#include "send/test_run.hpp"

#include "cli/connect.hpp"
#include "cli/options.hpp"
#include "cli/signals.hpp"
#include "cli/status.hpp"
#include "cli/terminal.hpp"
#include "io/output.hpp"
#include "io/own_children.hpp"
#include "send/conversation.hpp"
#include "send/report.hpp"
#include "send/suite.hpp"

#include <chunk/escape.hpp>
#include <chunk/net/acceptor.hpp>
#include <chunk/net/connect.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/net/listener.hpp>

#include <fmt/core.h>

#include <string.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <utility>

namespace tools::send {
namespace {

/// If TAP is written to standard output, the output of steps becomes comments in it.
class comment_printer final : public script::printer {
 public:
  explicit comment_printer(io::output& out) : out_(out) {}

  void line(const std::string& text) override {
    out_.text() += "# " + text + '\n';
    out_.flush();
  }

  void raw(std::span<const std::byte> bytes) override { line(script::show_shortened(bytes)); }

 private:
  io::output& out_;
};

/// Gives the first connection of each case: connects, or accepts the next one.
class case_connector {
 public:
  case_connector(asio::io_context& context, const cli::connection_options& how, bool verbose)
      : how_(how), verbose_(verbose) {
    if (!how.listen.empty()) listener_ = cli::open_listener(context, how);
    if (!how.connect.empty()) connecting_.emplace(context, how, verbose);
  }

  /// Tells where it listens, once a signal would close() it.
  void announce() const {
    if (listener_) cli::announce_listening(listener_->local(), how_.ready_fd, verbose_);
  }

  script::opener opener() {
    if (!listener_ && !connecting_) return {};
    return [this](chunk::net::duration limit) { return open(limit); };
  }

  void close() {
    if (listener_) listener_->close();
  }

 private:
  asio::awaitable<std::unique_ptr<chunk::net::transport>> open(chunk::net::duration limit) {
    if (!listener_) co_return co_await connecting_->open(limit);
    auto late =
        to_text(listener_->local()) + ": no connection within " + chunk::net::to_text(limit);
    auto accepting = chunk::net::accept_one(*listener_);
    co_return co_await chunk::net::within(limit, std::move(accepting), std::move(late));
  }

  const cli::connection_options& how_;
  bool verbose_;
  std::shared_ptr<chunk::net::listener> listener_;
  std::optional<cli::connector> connecting_;
};

suite_options suite_options_of(const test_options& test, const cli::connection_options& connection,
                               std::uint64_t max_chunk) {
  suite_options out;
  out.timeout = cli::timeout_of(connection).value_or(chunk::net::connect_timeout);
  out.tls = connection.tls;
  out.limits.hold = script::longest_whole;
  out.limits.max_payload = max_chunk;
  out.strict = test.strict;
  out.sweep = test.sweep;
  out.only = test.only;
  out.seed = seed_of(test);
  out.jobs = test.jobs;
  out.speed = test.speed;
  return out;
}

/// Limits how long a reader of standard output may take nothing.
void limit(io::output& out, std::optional<chunk::net::duration> by) {
  if (by) out.set_limit(std::chrono::ceil<std::chrono::milliseconds>(*by));
}

asio::awaitable<int> run_load(asio::io_context& context, const script::program& all,
                              suite_options how, const test_options& test,
                              std::optional<chunk::net::duration> patience,
                              case_connector& connecting) {
  load_options options;
  options.clients = test.clients.value_or(1);
  options.rate = test.rate;
  if (test.duration) options.duration = cli::to_limit(*test.duration, "--duration");
  load work(context, all, std::move(how), options);
  const load_looks looks{
      .colours = cli::wants_color(test.color) ? format::colours : format::no_colours,
      .blocks = cli::wants_utf8("auto"),
  };
  const auto print = [&] {
    io::output out;
    limit(out, patience);
    out.text() += to_text(work.results(), looks);
    out.flush();
    if (work.failure()) print_failure(*work.failure(), test.error_colours());
  };
  const cli::interruption ends_it(context, [&](int) {
    connecting.close();
    work.interrupt();
    print();
  });
  connecting.announce();
  const auto status = co_await work.run();
  print();
  co_return status;
}

/// Writes the lines that were filled in, and tells which.
void write_updates(script::updates& from, bool quiet) {
  for (const auto& each : from.write()) {
    if (quiet) continue;
    cli::remark(fmt::format("{}:{}: updated: {}", each.file, each.line, each.after));
    const std::array was{fmt::format("{:<10}{}", "was", each.before)};
    cli::explain(was);
  }
  for (const auto& each : from.refused()) {
    cli::remark(each + ": not updated, since a case has failed");
  }
}

asio::awaitable<int> run_cases(asio::io_context& context, const script::program& all,
                               suite_options how, const test_options& test,
                               const cli::verbosity& verbosity,
                               std::optional<chunk::net::duration> patience,
                               case_connector& connecting) {
  auto* const updates = how.updates;
  io::output out;
  limit(out, patience);
  output_printer plain(out);
  comment_printer comments(out);
  std::vector<std::unique_ptr<report>> reports;
  bool takes_stdout = false;
  for (auto& each : test.chosen_reports()) {
    takes_stdout = takes_stdout || each.kind->takes_stdout;
    reports.push_back(
        each.kind->make({out, std::move(each.path), verbosity, test.error_colours()}));
  }
  suite cases(context, all, std::move(how),
              takes_stdout ? static_cast<script::printer&>(comments) : plain, std::move(reports));
  const cli::interruption ends_it(context, [&](int number) {
    connecting.close();
    cases.interrupt(fmt::format("interrupted by SIG{}", ::sigabbrev_np(number)));
  });
  connecting.announce();
  const auto status = co_await cases.run();
  if (updates) write_updates(*updates, verbosity.quiet);
  co_return status;
}

}  // namespace

std::vector<report_choice> test_options::chosen_reports() const {
  std::vector<report_choice> out;
  for (const auto& each : reports) out.push_back(chunk::value_or_throw(parse_report(each)));
  if (tap) out.push_back({&tap_report_kind, {}});
  if (!junit.empty()) out.push_back({&junit_report_kind, junit});
  return complete(std::move(out));
}

const format::palette& test_options::error_colours() const {
  return cli::wants_color(color, STDERR_FILENO) ? format::colours : format::no_colours;
}

std::uint64_t seed_of(const test_options& test) {
  return test.seed ? *test.seed : std::random_device{}();
}

asio::awaitable<int> run_test(asio::io_context& context, const script::program& all,
                              const test_options& test, const cli::connection_options& connection,
                              const cli::verbosity& verbosity, std::uint64_t max_chunk,
                              std::vector<std::string> command_line) {
  auto how = suite_options_of(test, connection, max_chunk);
  how.command_line = std::move(command_line);
  script::trace trace(*all.rules, test.error_colours());
  if (test.trace) how.trace = &trace;
  script::updates updates;
  if (test.update) how.updates = &updates;
  choose_cases(all, how.only);  // before anything is opened
  if (test.jobs > 1 && !connection.connect.empty()) {
    cli::parse_upstream(connection.connect, "--jobs: ");
  }
  case_connector connecting(context, connection, verbosity.verbose);
  how.open = connecting.opener();
  const io::orphan_reaper reaps(context);  // what commands have left running
  const auto patience = cli::timeout_of(connection);
  if (test.is_load()) {
    co_return co_await run_load(context, all, std::move(how), test, patience, connecting);
  }
  co_return co_await run_cases(context, all, std::move(how), test, verbosity, patience, connecting);
}

}  // namespace tools::send
