#include "send/suite.hpp"

#include "cli/options.hpp"
#include "cli/status.hpp"

#include <chunk/escape.hpp>
#include <chunk/notation.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <exception>
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

}  // namespace

std::vector<chosen> choose_cases(const script::program& all, const std::string& only) {
  std::vector<chosen> out;
  std::size_t number = 0;
  for (const auto& from : all.units) {
    for (const auto& each : from.cases) {
      ++number;
      const bool wanted = only.empty() || only == each.name || only == std::to_string(number);
      if (wanted) out.push_back({&from, &each, number});
    }
  }
  if (!out.empty()) return out;
  if (only.empty()) throw cli::wrong_usage("there is no test-case");
  throw cli::wrong_usage(
      fmt::format("--case: there is no '{}' among {} cases", chunk::quoted(only), number));
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
}

asio::awaitable<void> preparation::perform(const script::unit& from) {
  if (from.setup.empty()) co_return;
  setup_.start.prepares = true;
  script::player setting_up(setup_);
  co_await setting_up.perform(from.setup);
  setup_.start = setting_up.state();
  setup_.start.prepares = false;
}

suite::suite(asio::io_context& context, const script::program& all, suite_options how,
             script::printer& out, std::vector<std::unique_ptr<report>> reports)
    : context_(context), all_(all), how_(std::move(how)), out_(out), reports_(std::move(reports)) {}

suite::~suite() = default;

asio::awaitable<int> suite::run() {
  const auto cases = choose_cases(all_, how_.only);
  try {
    for (const auto& each : reports_) each->begin(cases.size());
    for (auto first = cases.begin(); first != cases.end();) {
      const auto behind = std::find_if(
          first, cases.end(), [&](const chosen& each) { return each.from != first->from; });
      std::vector<chosen> of_unit(first, behind);
      const auto& unit = *first->from;
      co_await run_unit(unit, std::move(of_unit));
      first = behind;
    }
  } catch (const chunk::failure& reason) {
    try {
      const auto why = reason.what() + running_;
      end_reports([&](report& each) { each.fail(totals_, why); });
    } catch (const chunk::failure&) {
      // The first failure is the one to tell of.
    }
    throw;
  }
  end_reports([&](report& each) { each.end(totals_, {}); });
  const bool all_skipped = totals_.passed == 0 && totals_.failed == 0;
  co_return all_skipped ? cli::skipped : first_status_.value_or(cli::success);
}

asio::awaitable<void> suite::run_unit(const script::unit& from, std::vector<chosen> cases) {
  preparation_.emplace(context_, all_, how_, &out_);
  std::optional<script::fault> fault;
  std::optional<std::string> skipped;
  try {
    co_await preparation_->perform(from);
  } catch (const script::step_failure& problem) {
    fault = problem.why();
  } catch (const script::skipped& reason) {
    skipped = reason.what();
  }
  for (const auto& each : cases) {
    auto out = begin(each);
    out.fault = fault;
    out.skipped = skipped;
    if (!fault && !skipped) out = co_await run_case(each, *preparation_);
    if (out.fault && how_.updates) how_.updates->refuse(from);
    add(out);
  }
  preparation_.reset();
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

asio::awaitable<case_result> suite::run_case(const chosen& one, preparation& before) {
  if (how_.sweep) co_return co_await sweep(one, before);
  std::uint64_t written = 0;
  co_return co_await run_once(one, before, 0, written);
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

asio::awaitable<case_result> suite::run_once(const chosen& one, preparation& before,
                                             std::uint64_t split_at, std::uint64_t& written) {
  auto out = begin(one);
  const auto began = clock::now();
  if (how_.trace) how_.trace->begin();
  run_ = std::make_unique<one_run>(context_, before, split_at);
  running_ = fmt::format(" in {} {}", one.number, one.what->name);
  auto& by = run_->playing;
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
  if (out.fault && out.fault->output.empty()) out.fault->output = run_->children.last_output();
  if (out.fault && out.fault->output.empty()) out.fault->output = before.children().last_output();
  run_.reset();
  running_.clear();
  out.took = clock::now() - began;
  co_return out;
}

/// Runs a case to see how many bytes it writes, and then once for each place to split them.
asio::awaitable<case_result> suite::sweep(const chosen& one, preparation& before) {
  std::uint64_t written = 0;
  auto out = co_await run_once(one, before, 0, written);
  if (out.fault || out.skipped) co_return out;
  const auto whole = written;
  const auto began = clock::now();
  for (std::uint64_t place = 1; place < whole; ++place) {
    auto again = co_await run_once(one, before, place, written);
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
  if (run_) run_->children.end_all();
  if (preparation_) preparation_->children().end_all();
  end_reports([&](report& each) { each.end(totals_, why + running_); });
}

}  // namespace tools::send
