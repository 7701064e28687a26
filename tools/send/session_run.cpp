#include "send/session_run.hpp"

#include "cli/connect.hpp"
#include "cli/protocols.hpp"
#include "cli/signals.hpp"
#include "cli/status.hpp"
#include "cli/terminal.hpp"
#include "io/files.hpp"
#include "io/history_file.hpp"
#include "io/line_editor.hpp"
#include "io/line_source.hpp"
#include "io/output.hpp"
#include "io/signal_watch.hpp"
#include "send/session.hpp"
#include "send/session_completion.hpp"

#include <chunk/escape.hpp>
#include <chunk/net/acceptor.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/net/listener.hpp>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tools::send {
namespace {

bool is_typed() {
  return ::isatty(STDIN_FILENO) == 1;
}

/// The listener of a session, and what removes its socket file when a signal ends the tool.
struct session_listener {
  session_listener(asio::io_context& context, const options& opt)
      : at(cli::open_listener(context, opt.connection)), cleans([this](int) { at->close(); }) {
    const bool tells = opt.verbosity.verbose || is_typed();
    cli::announce_listening(at->local(), opt.connection.ready_fd, tells);
  }

  std::shared_ptr<chunk::net::listener> at;
  cli::last_act cleans;
};

/// What signals do to a session. Without an editor, those that end a tool do so.
class session_signals {
 public:
  session_signals(asio::io_context& context, session& talk, io::line_editor* editor)
      : restores_([editor](int) {
          if (editor) editor->restore();
        }),
        watch_(context, numbers(editor), [&talk, editor](int number) {
          switch (editor ? number : 0) {
            case SIGINT:
              if (!talk.interrupt()) editor->interrupt(talk.is_in_block());
              return;
            case SIGTSTP: return editor->suspend();
            case SIGCONT: return editor->resume();
            case SIGWINCH: return editor->resize();
            default: cli::end_by_signal(number);
          }
        }) {}

 private:
  static std::span<const int> numbers(const io::line_editor* editor) {
    static constexpr std::array all{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
    static_assert(
        std::ranges::equal(std::span(all).first(cli::ending_signals.size()), cli::ending_signals));
    return editor ? std::span<const int>(all) : std::span<const int>(cli::ending_signals);
  }

  cli::last_act restores_;
  io::signal_watch watch_;
};

}  // namespace

bool wants_session(const options& opt) {
  if (opt.interactive) return true;
  const bool nothing_else = !opt.has_steps() && opt.input_form() == form::raw && !opt.format &&
                            opt.count == cli::no_count && !opt.test.makes_test() &&
                            !opt.test.check && !opt.test.trace && !opt.progress;
  const bool is_stdio = opt.connection.connect == "-";
  return nothing_else && !is_stdio && opt.connection.connected() && is_typed() &&
         io::output::is_terminal();
}

asio::awaitable<int> run_session(asio::io_context& context, const options& opt,
                                 script::shared_protocol rules) {
  const auto& connection = opt.connection;
  if (connection.connect == "-") {
    throw cli::wrong_usage("--connect '-': standard input is the connection, and has no lines");
  }
  value_or_throw(io::take_standard_input());
  const bool typed = is_typed();
  const bool seen = io::output::is_terminal();
  const bool listens = !connection.listen.empty();

  std::optional<cli::connector> connecting;
  std::optional<session_listener> listening;
  std::unique_ptr<chunk::net::transport> link;
  if (listens) {
    listening.emplace(context, opt);
  } else {
    link = co_await cli::reach_peer(context, connection, opt.verbosity.verbose);
    connecting.emplace(context, connection, opt.verbosity.verbose);
  }
  // Without libedit the system edits lines.
  std::optional<io::history_file> history;
  std::unique_ptr<io::line_editor> editor;
  std::unique_ptr<session> talk;
  if (typed && seen) {
    history.emplace("history");
    editor = io::line_editor::make(
        context, *history, [&](std::string_view before) { return complete_line(*talk, before); });
    if (editor && !history->problem().empty()) cli::remark(history->problem());
  }
  std::unique_ptr<io::line_source> plain;
  if (!editor) plain = std::make_unique<io::plain_lines>(context, typed && seen);
  io::line_source& lines = editor ? static_cast<io::line_source&>(*editor) : *plain;

  session_setup setup{.context = context, .lines = lines, .rules = std::move(rules)};
  setup.peer = connection.connect + connection.listen;
  setup.again = std::string("chunk-send ") + (listens ? "-l " : "-c ") + setup.peer;
  const auto protocol = opt.protocol.empty() ? cli::protocol_of_environment() : opt.protocol;
  if (!protocol.empty()) setup.again += " -p " + protocol;
  setup.open = [&](chunk::net::duration limit) {
    if (connecting) return connecting->open(limit);
    auto late = connection.listen + ": no client within " + chunk::net::to_text(limit);
    return chunk::net::within(limit, chunk::net::accept_one(*listening->at), std::move(late));
  };
  if (listens) setup.accept = [&] { return chunk::net::accept_one(*listening->at); };
  setup.tls = &connection.tls;
  setup.max_chunk = opt.max_chunk;
  setup.seed = seed_of(opt.test);
  setup.timeout = cli::timeout_of(connection);
  setup.quiet = opt.verbosity.quiet;
  setup.typed = typed;
  setup.view.for_people = seen;
  setup.view.colour = seen && cli::wants_color(opt.test.color);
  talk = std::make_unique<session>(std::move(setup));
  if (link) talk->adopt(std::move(link));
  const session_signals signals(context, *talk, editor.get());
  co_return co_await talk->hold();
}

}  // namespace tools::send
