#include "send/session.hpp"

#include "cli/status.hpp"
#include "io/new_file.hpp"
#include "io/tasks.hpp"
#include "script/actions/table.hpp"
#include "script/language/block.hpp"
#include "script/language/lines.hpp"
#include "script/language/read.hpp"

#include <chunk/escape.hpp>
#include <chunk/net/deadline.hpp>

#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tools::send {
namespace {

/// Programs that are kept: a report names the last six steps before a failure, and each of these
/// has at least one.
constexpr std::size_t most_programs = 8;

/// Columns of a prompt, beyond which it does not name the peer. Chosen: half of a small terminal.
constexpr std::size_t longest_prompt = 40;

/// Says whether a step sends something that can have a reply.
bool sends(const script::step& each) {
  return each.what->only_sends || (each.what->has_id() && !each.what->expects);
}

/// Says whether lines are complete, so that they can be performed: no block is open in them, and
/// the last one does not need another behind it.
bool is_complete(std::span<const std::string> lines, const chunk::protocol& rules) {
  constexpr std::string_view last = "#\n";  // a line that an incomplete block would take
  std::string joined;
  for (const auto& each : lines) joined += each + '\n';
  joined += last;
  std::size_t open = 0;
  bool bounds = false;
  for (auto rest = std::string_view(joined); rest != last;) {
    auto line = script::take_line(rest);
    auto action = line;
    script::take_connection(action);
    if (script::begins_block(action, rules)) script::take_block(line, rest, rules);
    if (rest.empty()) return false;
    const auto* const what = script::action_of(action);
    const auto shape = what ? what->shape : script::structure::none;
    bounds = shape == script::structure::bounds_next;
    if (shape == script::structure::begins_block) ++open;
    if (shape == script::structure::ends_block && open > 0) --open;
  }
  return open == 0 && !bounds;
}

/// Joins lines to actions: a block is one.
std::vector<std::string> to_actions(std::span<const std::string> lines,
                                    const chunk::protocol& rules) {
  std::string joined;
  for (const auto& each : lines) joined += each + '\n';
  const std::string name;
  const script::text text{&name, {}, joined, &rules};
  std::vector<std::string> out;
  script::for_each_action(text, [&](std::string_view action, std::size_t) {
    out.emplace_back(action);
    return true;
  });
  return out;
}

/// Writes a file. One that is there already is kept unless `replaces` says otherwise.
///
/// Throws: local_failure
void write_file(const std::string& path, std::string_view text, bool replaces) {
  const auto slash = path.rfind('/') + 1;  // 0 without a slash
  const io::directory in(slash > 0 ? path.substr(0, slash) : ".");
  io::new_file file(in);
  file.append(std::as_bytes(std::span(text)));
  if (replaces) ::unlink(path.c_str());
  file.publish(path.substr(slash));
}

}  // namespace

/// A line that is no action. Its word has a colon behind it when it is a chunk.
struct session_command {
  std::string_view name;
  std::string_view argument;  ///< as help shows it: in brackets if it is optional
  std::string_view help;
  asio::awaitable<void> (*perform)(session& in, std::string argument);

  static asio::awaitable<void> help_about(session& in, std::string argument) {
    in.help(argument);
    co_return;
  }
  static asio::awaitable<void> save(session& in, std::string argument) {
    in.save(argument);
    co_return;
  }
  static asio::awaitable<void> source(session& in, std::string argument) {
    return in.source(std::move(argument));
  }
  static asio::awaitable<void> quit(session& in, std::string) {
    in.over_ = true;
    co_return;
  }
};

namespace {

constexpr std::array session_commands{
    session_command{"help", "[ACTION]", "List the actions", session_command::help_about},
    session_command{"source", "FILE", "Perform the actions in a file", session_command::source},
    session_command{"save", "FILE", "Write the session as a script", session_command::save},
    session_command{"quit", "", "End the session", session_command::quit},
};

/// Finds the command that a line consists of, and gives its argument.
///
/// Returns: nullptr: the line is none
const session_command* command_of(std::string_view line, std::string_view& argument) {
  const auto blank = std::min(line.find(' '), line.size());
  const auto found =
      std::ranges::find(session_commands, line.substr(0, blank), &session_command::name);
  if (found == session_commands.end()) return nullptr;
  argument = script::trimmed(line.substr(blank));
  return &*found;
}

script::conditions session_conditions(const session_setup& how) {
  auto out = script::first_conditions(how.seed);
  if (how.timeout) out.timeout = *how.timeout;
  out.patient = true;
  return out;
}

script::program empty_program(const session_setup& how) {
  script::program out;
  out.rules = how.rules;
  out.expects = true;
  if (how.max_chunk != chunk::no_limit) out.most_value = how.max_chunk;
  return out;
}

chunk::session::reader_options session_limits(const session_setup& how) {
  chunk::session::reader_options out;
  out.max_payload = how.max_chunk;
  out.hold = script::longest_whole;
  return out;
}

}  // namespace

std::vector<std::string> session_words() {
  std::vector<std::string> out;
  for (const auto& each : session_commands) {
    const bool more = !each.argument.empty() && !each.argument.starts_with('[');
    out.push_back(std::string(each.name) + (more ? " " : ""));
  }
  return out;
}

session::session(session_setup how)
    : how_(std::move(how)),
      record_(*how_.rules, empty_program(how_).incoming()),
      view_(how_.lines, record_, *how_.rules, how_.view),
      children_(how_.context),
      all_(empty_program(how_)),
      player_({.context = how_.context,
               .all = all_,
               .start = session_conditions(how_),
               .open = how_.open,
               .children = &children_,
               .trace = &view_,
               .limits = session_limits(how_),
               .tls = how_.tls}),
      interrupted_(how_.context, asio::steady_timer::time_point::max()) {}

asio::awaitable<int> session::hold() {
  while (!over_) {
    auto line = co_await next_line();
    if (line) {
      co_await take(*line);
    } else if (begun_.empty()) {
      break;
    } else if (how_.typed) {
      begun_.clear();  // somebody has changed their mind
      view_.remark("the block is dropped");
    } else {
      co_await perform_actions();  // which says what is missing
    }
  }
  co_await end();
  co_return how_.typed ? int{cli::success} : status_;
}

std::string session::prompt() const {
  if (!begun_.empty()) return "... ";
  const auto out = chunk::quoted(how_.peer) + "> ";
  return out.size() > longest_prompt ? "> " : out;
}

bool session::interrupt() {
  if (!performing_) return false;
  interrupted_.expires_at(asio::steady_timer::time_point::min());
  return true;
}

/// Shows what comes while the next line is being typed.
asio::awaitable<std::optional<std::string>> session::next_line() {
  std::optional<std::string> line;
  auto typing = read_line(line);
  auto following = follow_peer();
  const auto end = co_await io::first_of(std::move(typing), std::move(following));
  if (end.first == 1 && end.right) std::rethrow_exception(end.right);
  if (end.left) std::rethrow_exception(end.left);
  co_return std::move(line);
}

asio::awaitable<void> session::read_line(std::optional<std::string>& line) {
  const auto before = prompt();
  line = co_await how_.lines.next(before);
}

/// Shows replies, of one connection after the other. It ends only by being cancelled.
asio::awaitable<void> session::follow_peer() {
  for (;;) {
    if (!player_.main() && how_.accept) {
      auto link = co_await how_.accept();
      view_.event({}, "connection from " + link->name());
      player_.adopt(std::move(link));
      record_.begin_client();
    }
    if (!player_.main()) {
      co_await io::pause_until(asio::steady_timer::time_point::max());
    }
    co_await copy_replies();
  }
}

/// Shows the replies on the unnamed connection until it ends, and closes it.
asio::awaitable<void> session::copy_replies() {
  auto& on = *player_.main();
  try {
    for (bool more = true; more;) {
      while (const auto reply = on.next_chunk()) {
        view_.add(*reply);
        if (reply->begins && reply->ends) on.shown.emplace_back(reply->placed());
      }
      view_.flush();
      more = co_await on.in().fill();
    }
    view_.event({}, "closed by " + on.link().name());
    value_or_throw(on.in().finish());
    record_.closed();
  } catch (const chunk::failure& reason) {
    if (reason.code() == std::errc::operation_canceled) throw;
    fail(reason);
  }
  player_.close_main();
  view_.forget_requests();
}

/// Waits for the last replies, unless somebody has seen that there are none.
asio::awaitable<void> session::end() {
  auto* const on = player_.main();
  if (how_.typed || !on) co_return;
  on->link().shutdown_write();
  auto copying = copy_replies();
  if (how_.timeout) {
    auto late = on->link().name() + ": nothing received for " + chunk::net::to_text(*how_.timeout);
    copying = chunk::net::within(*how_.timeout, std::move(copying), std::move(late));
  }
  co_await std::move(copying);
}

/// Takes note of a failure, and shows it.
void session::fail(const chunk::failure& reason) {
  if (status_ == cli::success) status_ = cli::status_of(reason);
  const auto* const failed = dynamic_cast<const script::step_failure*>(&reason);
  if (!failed) return view_.remark(reason.what());
  // What was typed before stands above.
  auto what = failed->why();
  what.before.clear();
  what.waited.reset();
  view_.remark(headline(what), to_rows(details(what)));
}

void session::tell_remarks(const script::program& of) {
  if (how_.quiet) return;
  for (const auto& each : of.remarks) view_.remark(each);
}

void session::refuse(const script::mistake& wrong) {
  how_.lines.above([&] {
    const auto status = script::refuse(wrong);
    if (status_ == cli::success) status_ = status;
  });
}

asio::awaitable<void> session::take(std::string_view line) {
  const auto action = script::trimmed(line);
  std::string_view argument;
  const auto* const command = begun_.empty() ? command_of(action, argument) : nullptr;
  if (command) {
    const bool optional = command->argument.starts_with('[');
    if (optional || command->argument.empty() == argument.empty())
      co_return co_await command->perform(*this, std::string(argument));
    const bool needs = argument.empty();
    fail(cli::wrong_usage(needs ? fmt::format("{}: needs {}", command->name, command->argument)
                                : fmt::format("{}: takes no argument", command->name)));
    co_return;
  }
  if (script::is_action(action)) begun_.emplace_back(action);
  if (begun_.empty() || !is_complete(begun_, rules())) co_return;
  co_await perform_actions();
}

asio::awaitable<void> session::perform_actions() {
  script::sources from;
  from.arguments = to_actions(std::exchange(begun_, {}), rules());
  from.rules = how_.rules;
  from.most_value = all_.most_value;
  from.session = &known_;
  if (std::ranges::any_of(from.arguments, script::begins_case)) {
    fail(cli::wrong_usage("test-case: a session is one case; put it into a file for source"));
    co_return;
  }
  auto parsed = script::parse(from, script::role::connected);
  if (!parsed) co_return refuse(parsed.error());
  tell_remarks(*parsed);
  co_await perform(std::move(*parsed));
}

/// Performs a file, up to the first step that fails.
asio::awaitable<void> session::source(std::string path) {
  std::optional<chunk::error> unread;
  try {
    auto parsed = script::read_program({}, {path}, script::role::connected, how_.rules,
                                       all_.most_value, {.session = &known_});
    if (!parsed) co_return refuse(parsed.error());
    tell_remarks(*parsed);
    programs_.push_back(std::move(*parsed));
  } catch (const chunk::failure& reason) {
    fail(reason);
    co_return;
  }
  auto next = std::move(programs_.back());
  programs_.pop_back();
  co_await perform(std::move(next));
}

/// Closes the unnamed connection after its end.
void session::close_ended() {
  const auto* const on = player_.main();
  if (!on || !on->ended) return;
  player_.close_main();
  view_.forget_requests();
}

asio::awaitable<void> session::perform(script::program next) {
  all_.connections = known_.connections;
  programs_.push_back(std::move(next));
  if (programs_.size() > most_programs) programs_.pop_front();
  std::vector<std::span<const script::step>> parts;
  for (const auto& unit : programs_.back().units) {
    parts.emplace_back(unit.setup);
    for (const auto& one : unit.cases) parts.emplace_back(one.steps);
  }
  std::erase_if(parts, [](const auto& each) { return each.empty(); });
  if (parts.empty()) programs_.pop_back();
  bool first = true;
  for (const auto& each : parts) {
    const bool done = co_await perform_part(each, std::exchange(first, false));
    if (!done) break;
  }
}

/// Performs the steps of one case, and records them. Replies that came before the `first` one can
/// still be examined, unless it sends something.
///
/// Returns: whether all of them were performed
asio::awaitable<bool> session::perform_part(std::span<const script::step> steps, bool first) {
  std::vector<std::string> texts;
  for (const auto& each : steps) texts.emplace_back(each.text);
  const auto opens = [](const script::step& each) {
    return each.connection == 0 && each.what->opens_connection;
  };
  close_ended();
  const bool was_closed = !player_.main();
  const bool begins = !first || std::ranges::any_of(steps, sends);
  record_.begin_line(begins);
  if (begins && player_.main()) player_.main()->shown.clear();
  const bool done = co_await play_or_interrupt(steps);
  const bool reopened = was_closed && player_.main() && std::ranges::none_of(steps, opens);
  if (reopened) record_.reopened();
  record_.end_line(texts, done, [&](const std::string& name) {
    const auto at = std::ranges::find(all_.connections, name) - all_.connections.begin();
    const auto* const on = player_.find(static_cast<std::size_t>(at));
    return on ? on->shown.size() : 0;
  });
  co_return done;
}

/// Performs the steps of one case, and sends what they have buffered.
asio::awaitable<void> session::play(std::span<const script::step> steps) {
  co_await player_.perform_next(steps);
  co_await player_.flush();
  const auto* const on = player_.main();
  if (!on || !on->broken()) co_return;
  throw chunk::failure({*on->broken(), on->link().name() + ": " + on->progress()});
}

/// Performs the steps of one case, and reports a failure.
///
/// Returns: whether all of them were performed
asio::awaitable<bool> session::play_or_interrupt(std::span<const script::step> steps) {
  interrupted_.expires_at(asio::steady_timer::time_point::max());
  performing_ = true;
  auto playing = play(steps);
  auto interrupted = io::wait(interrupted_);
  const auto end = co_await io::first_of(std::move(playing), std::move(interrupted));
  performing_ = false;
  if (end.first == 0 && !end.left) co_return true;
  player_.abandon();
  if (end.first == 1) {
    view_.remark("interrupted");
    co_return false;
  }
  try {
    std::rethrow_exception(end.left);
  } catch (const chunk::failure& reason) {
    fail(reason);
  }
  co_return false;
}

void session::save(const std::string& path) {
  std::error_code unknown;
  if (path.ends_with('/') || std::filesystem::is_directory(path, unknown)) {
    return fail(chunk::local_failure({std::make_error_code(std::errc::is_a_directory),
                                      "save: " + path + ": a directory; name a file in it"}));
  }
  auto text = fmt::format("# A session with {}. Perform it again by\n# {} -f FILE\n",
                          chunk::quoted(how_.peer), chunk::quoted(how_.again));
  try {
    write_file(path, text + record_.script(), saved_.contains(path));
    saved_.insert(path);
  } catch (const chunk::failure& reason) {
    fail(reason);
  }
}

/// Lists the commands, and the actions whose names begin with `of`.
void session::help(std::string_view of) {
  std::string out;
  const auto add = [&](std::string form, std::string_view what) {
    if (form.starts_with(of)) out += fmt::format("{:<30} {}\n", form, what);
  };
  for (const auto& each : session_commands) {
    add(fmt::format("{} {}", each.name, each.argument), each.help);
  }
  for (const auto group : script::all_actions()) {
    for (const auto& each : group) {
      const bool optional = each.argument.starts_with('[');
      const bool joined = each.name.empty() || each.name == "@" || each.argument.empty();
      const auto argument =
          optional ? fmt::format("[:{}", each.argument.substr(1)) : std::string(each.argument);
      add(std::string(each.name) + (joined || optional ? "" : ":") + argument, each.help);
    }
  }
  if (out.empty()) return fail(cli::wrong_usage(fmt::format("help: '{}': no such action", of)));
  view_.print(out);
}

}  // namespace tools::send
