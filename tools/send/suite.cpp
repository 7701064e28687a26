#include "send/suite.hpp"

#include "cli/nearest.hpp"
#include "cli/options.hpp"
#include "cli/status.hpp"
#include "io/tasks.hpp"
#include "script/language/words.hpp"

#include <chunk/escape.hpp>
#include <chunk/notation.hpp>

#include <asio/steady_timer.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace tools::send {
namespace {

using clock = std::chrono::steady_clock;

/// Quotes a word with other characters than printable ASCII for a shell, in printable ASCII.
/// Source: POSIX.1-2024, Shell and Utilities, 2.2.4
std::string dollar_quoted(const std::string& word) {
  std::string out = "$'";
  for (const char c : word) {
    if (c == '\'' || c == '\\') out += '\\';
    if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    }
  }
  return out + "'";
}

/// Quotes a word for a shell.
std::string shell_word(const std::string& word) {
  if (std::ranges::any_of(word, [](char c) { return c < ' ' || c > '~'; })) {
    return dollar_quoted(word);
  }
  const bool plain =
      !word.empty() &&
      word.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+=,-") == word.npos;
  if (plain) return word;
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') out += "'\\'";
    out += c;
  }
  return out + "'";
}

/// Says how many of these words of a command line are an option that is left out when one case is
/// run again, with its value.
std::size_t words_left_out(std::span<const std::string> words) {
  const auto& word = words.front();
  if (word == "--update") return 1;
  for (const std::string_view option : {"--case", "--junit", "--report"}) {
    const bool apart = word == option && words.size() > 1;
    const bool joined = word.starts_with(std::string(option) + '=');
    if (!apart && !joined) continue;
    const auto value = apart ? words[1] : word.substr(option.size() + 1);
    const bool stays = option == "--report" && value.find(':') == value.npos;
    return stays ? 0 : apart ? 2 : 1;
  }
  return 0;
}

/// Makes the end of a message that says which names a word may stand for: those that it is a part
/// of, in whatever letters, or else the nearest one.
std::string near_names(std::span<const std::string_view> names, std::string_view word) {
  constexpr std::size_t most = 5;  // chosen: one line
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  std::string out;
  std::size_t count = 0;
  for (const auto each : names) {
    if (std::ranges::search(each, word, same).empty()) continue;
    if (++count > most) continue;
    out += fmt::format("{}'{}'", out.empty() ? "" : ", ", chunk::quoted(each));
  }
  if (count == 0) {
    const auto hint = cli::did_you_mean(word, names);
    return hint.empty() ? "; --list-cases lists them" : hint;
  }
  return fmt::format("; there {} {}{}", count == 1 ? "is" : "are", out,
                     count > most ? ", ..." : "");
}

}  // namespace

std::vector<chosen> choose_cases(const script::program& all, const std::string& only) {
  std::vector<chosen> out;
  std::vector<std::string_view> names;
  for (const auto& from : all.units) {
    for (const auto& each : from.cases) {
      names.emplace_back(each.name);
      const auto number = names.size();
      const bool wanted = only.empty() || only == each.name || only == std::to_string(number);
      if (wanted) out.push_back({&from, &each, number});
    }
  }
  if (!out.empty()) return out;
  if (only.empty()) throw cli::wrong_usage("there is no test-case");
  throw cli::wrong_usage(fmt::format("--case: there is no '{}' among {}{}", chunk::quoted(only),
                                     script::counted(names.size(), "case"),
                                     near_names(names, only)));
}

std::vector<std::string> choices_of_cases(const script::program& all) {
  const auto cases = choose_cases(all, {});
  std::map<std::string, int> meanings;
  for (const auto& each : cases) {
    ++meanings[each.what->name];
    ++meanings[std::to_string(each.number)];
  }
  std::vector<std::string> out;
  for (const auto& each : cases) {
    const auto& name = each.what->name;
    const bool printable = !name.empty() && chunk::quoted(name) == name;
    const bool enough = printable && meanings[name] == 1;
    out.push_back(enough ? name : std::to_string(each.number));
  }
  return out;
}

preparation::preparation(asio::io_context& context, const script::program& all,
                         const suite_options& how, script::printer* out)
    : children_(context),
      setup_{.context = context,
             .all = all,
             .start = script::first_conditions(how.seed),
             .out = out,
             .open = how.open,
             .children = &children_,
             .trace = how.trace,
             .updates = how.updates,
             .limits = how.limits,
             .tls = &how.tls} {
  setup_.start.timeout = how.timeout;
  setup_.start.speed = how.speed;
}

asio::awaitable<void> preparation::perform(const script::unit& from) {
  if (from.setup.empty()) co_return;
  setup_.start.prepares = true;
  script::player setting_up(setup_);
  co_await setting_up.perform(from.setup);
  setup_.start = setting_up.state();
  setup_.start.prepares = false;
}

/// One run of a case: its commands, and who performs it.
class suite::one_run {
 public:
  one_run(asio::io_context& context, preparation& before, std::uint64_t split_at)
      : children(context), playing(setup_of(before, split_at)) {}

  script::commands children;
  script::player playing;

 private:
  script::player_setup setup_of(preparation& before, std::uint64_t split_at) {
    auto out = before.setup();
    out.start.how.split_at = split_at;
    out.children = &children;
    out.setup_children = &before.children();
    return out;
  }
};

/// The run of the cases of one script. What its steps print waits until it is its turn.
class suite::script_run final : public script::printer {
 public:
  script_run(suite& owner, const script::unit& of) : from(of), owner_(owner) {}

  void line(const std::string& text) override {
    owner_.tell(*this, [this, text] { owner_.out_.line(text); });
  }
  void raw(std::span<const std::byte> bytes) override {
    owner_.tell(*this,
                [this, held = std::vector(bytes.begin(), bytes.end())] { owner_.out_.raw(held); });
  }

  /// Ends the commands.
  void end_commands() {
    if (run) run->children.end_all();
    if (prepared) prepared->children().end_all();
  }

  const script::unit& from;
  std::vector<chosen> cases;
  std::optional<preparation> prepared;
  std::unique_ptr<one_run> run;               // of the present case
  std::string running;                        // which one it is, for an interruption
  std::vector<std::function<void()>> untold;  // while others come first
  bool done = false;

 private:
  suite& owner_;
};

suite::suite(asio::io_context& context, const script::program& all, suite_options how,
             script::printer& out, std::vector<std::unique_ptr<report>> reports)
    : context_(context), all_(all), how_(std::move(how)), out_(out), reports_(std::move(reports)) {}

suite::~suite() = default;

void suite::divide(const std::vector<chosen>& cases) {
  for (const auto& each : cases) {
    const bool is_new = scripts_.empty() || &scripts_.back()->from != each.from;
    if (is_new) scripts_.push_back(std::make_unique<script_run>(*this, *each.from));
    scripts_.back()->cases.push_back(each);
  }
}

asio::awaitable<int> suite::run() {
  const auto cases = choose_cases(all_, how_.only);
  divide(cases);
  try {
    for (const auto& each : reports_) each->begin(cases.size());
  } catch (const chunk::failure&) {
    broken_ = std::current_exception();
  }
  co_await run_all();
  if (broken_) {
    try {
      std::rethrow_exception(broken_);
    } catch (const chunk::failure& reason) {
      try {
        tell_rest();
        const auto why = reason.what() + broken_in_;
        end_reports([&](report& each) { each.fail(totals_, why); });
      } catch (const chunk::failure&) {
        // The first failure is the one to tell of.
      }
      throw;
    }
  }
  end_reports([&](report& each) { each.end(totals_, {}); });
  const bool all_skipped = totals_.passed == 0 && totals_.failed == 0;
  co_return all_skipped ? cli::skipped : first_status_.value_or(cli::success);
}

/// Runs as many scripts at a time as are allowed.
asio::awaitable<void> suite::run_all() {
  const auto lanes = std::min<std::uint64_t>(how_.jobs, scripts_.size());
  auto running = lanes;
  asio::steady_timer all_done(context_, clock::time_point::max());
  for (std::uint64_t lane = 1; lane < lanes; ++lane) {
    io::start(context_, run_scripts(), [&](const std::exception_ptr&) {
      if (--running == 0) all_done.cancel();
    });
  }
  co_await run_scripts();
  if (--running > 0) {
    co_await io::wait(all_done);
  }
}

/// Runs one script after another, until there are no more. An exception ends the others as well,
/// each after its present case.
asio::awaitable<void> suite::run_scripts() {
  while (begun_ < scripts_.size() && !broken_) {
    auto& of = *scripts_[begun_++];
    try {
      co_await run_unit(of);
      of.done = true;
      tell_next();
    } catch (const std::exception&) {
      if (!broken_) broken_in_ = of.running;
      if (!broken_) broken_ = std::current_exception();
    }
  }
}

asio::awaitable<void> suite::run_unit(script_run& of) {
  of.prepared.emplace(context_, all_, how_, &of);
  std::optional<script::fault> fault;
  std::optional<std::string> skipped;
  try {
    co_await of.prepared->perform(of.from);
  } catch (const script::step_failure& problem) {
    fault = problem.why();
  } catch (const script::skipped& reason) {
    skipped = reason.what();
  }
  for (const auto& each : of.cases) {
    if (broken_) break;
    auto out = begin(each);
    out.fault = fault;
    out.skipped = skipped;
    if (!fault && !skipped) out = co_await run_case(each, of);
    if (out.fault && how_.updates) how_.updates->refuse(of.from);
    tell(of, [this, out = std::move(out)] { add(out); });
  }
  of.prepared.reset();
}

/// Tells something of a script: now, or once all has been told of those before it.
void suite::tell(script_run& of, std::function<void()> what) {
  if (scripts_[told_].get() == &of) {
    what();
  } else {
    of.untold.push_back(std::move(what));
  }
}

/// Goes on to the next scripts, as far as those before them are done.
void suite::tell_next() {
  while (told_ < scripts_.size() && scripts_[told_]->done) {
    if (++told_ == scripts_.size()) return;
    for (const auto& each : std::exchange(scripts_[told_]->untold, {})) each();
  }
}

/// Tells what there is of all scripts, whether or not they are done.
void suite::tell_rest() {
  for (const auto& script : scripts_) {
    for (const auto& each : std::exchange(script->untold, {})) each();
  }
}

case_result suite::begin(const chosen& one) const {
  case_result out;
  out.number = one.number;
  out.suite = one.from->name;
  out.name = one.what->name;
  out.again = again(one);
  if (all_.uses_random) out.seed = how_.seed;
  return out;
}

/// The command line with this case chosen, and without what would write over the report of all or
/// over a script.
std::string suite::again(const chosen& one) const {
  if (all_.case_count() < 2) return {};
  std::string out;
  auto options_end = std::string::npos;
  for (std::size_t at = 0; at < how_.command_line.size();) {
    const auto words = std::span(how_.command_line).subspan(at);
    const auto left_out = words_left_out(words);
    at += std::max<std::size_t>(left_out, 1);
    if (left_out > 0) continue;
    const auto& word = words.front();
    if (word == "--") options_end = out.size();  // what follows is actions
    out += (out.empty() ? "" : " ") + shell_word(word);
  }
  const auto choice = fmt::format(" --case {}", one.number);
  return out.insert(std::min(options_end, out.size()), choice);
}

asio::awaitable<case_result> suite::run_case(const chosen& one, script_run& of) {
  if (how_.sweep) co_return co_await sweep(one, of);
  std::uint64_t written = 0;
  co_return co_await run_once(one, of, 0, written);
}

asio::awaitable<case_result> suite::run_once(const chosen& one, script_run& of,
                                             std::uint64_t split_at, std::uint64_t& written) {
  auto out = begin(one);
  const auto began = clock::now();
  if (how_.trace) how_.trace->begin();
  auto& before = *of.prepared;
  of.run = std::make_unique<one_run>(context_, before, split_at);
  of.running = fmt::format(" in {} {}", one.number, one.what->name);
  auto& by = of.run->playing;
  try {
    co_await by.perform(one.what->steps);
    co_await by.finish();
    note_left(by, by.state().timeout, out);
  } catch (const script::step_failure& problem) {
    out.fault = problem.why();
  } catch (const script::skipped& reason) {
    out.skipped = reason.what();
  }
  written = by.sent();
  if (out.fault && out.fault->output.empty()) out.fault->output = of.run->children.last_output();
  if (out.fault && out.fault->output.empty()) out.fault->output = before.children().last_output();
  of.run.reset();
  of.running.clear();
  out.took = clock::now() - began;
  co_return out;
}

/// Runs a case to see how many bytes it writes, and then once for each place to split them.
asio::awaitable<case_result> suite::sweep(const chosen& one, script_run& of) {
  std::uint64_t written = 0;
  auto out = co_await run_once(one, of, 0, written);
  if (out.fault || out.skipped) co_return out;
  const auto whole = written;
  const auto began = clock::now();
  for (std::uint64_t place = 1; place < whole; ++place) {
    auto again = co_await run_once(one, of, place, written);
    if (!again.fault) continue;
    again.fault->reason =
        fmt::format("cut at byte {} of {}: {}", place, whole, again.fault->reason);
    again.took = clock::now() - began;
    co_return again;
  }
  out.took = clock::now() - began;
  co_return out;
}

/// Reports replies that no step examined, as a remark or as a failure.
void suite::note_left(const script::player& by, chunk::net::duration limit,
                      case_result& out) const {
  for (const auto& each : by.left()) {
    const auto text = each.in_words(limit);
    if (text.empty()) continue;
    const auto whole = each.peer + ": " + text;
    if (!how_.strict || out.fault) {
      out.remarks.push_back(whole);
      continue;
    }
    script::fault found;
    found.reason = whole;
    found.step = "at the end";
    out.fault = std::move(found);
  }
}

void suite::add(const case_result& one) {
  if (one.skipped) {
    ++totals_.skipped;
  } else if (one.fault) {
    ++totals_.failed;
    if (!first_status_) first_status_ = one.fault->status;
  } else {
    ++totals_.passed;
  }
  for (const auto& each : reports_) each->add(one);
}

/// Ends all reports, also if one of them cannot be written.
void suite::end_reports(const std::function<void(report&)>& end) {
  std::exception_ptr problem;
  for (const auto& each : reports_) {
    try {
      end(*each);
    } catch (const chunk::failure&) {
      problem = std::current_exception();
    }
  }
  if (problem) std::rethrow_exception(problem);
}

void suite::interrupt(const std::string& why) {
  // Coroutines may still wait for the surroundings, so that only the commands are ended.
  std::string running;
  for (const auto& each : scripts_) {
    each->end_commands();
    if (running.empty()) running = each->running;
  }
  tell_rest();
  end_reports([&](report& each) { each.end(totals_, why + running); });
}

}  // namespace tools::send
