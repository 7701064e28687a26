#include "send/load.hpp"

#include "cli/status.hpp"
#include "format/bar.hpp"
#include "io/tasks.hpp"
#include "script/actions/action.hpp"
#include "script/language/words.hpp"
#include "send/report.hpp"

#include <chunk/escape.hpp>

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace tools::send {
namespace {

/// The pause of a client that cannot connect. Chosen.
constexpr auto failure_pause = std::chrono::milliseconds(100);

/// Chosen: passes of one client in a row that need not wait for anything.
constexpr std::uint64_t most_in_a_row = 64;

/// Raises the limit of descriptors for the clients as far as possible.
///
/// Throws: failure with status usage if there can be fewer of them than clients
void allow_descriptors(std::uint64_t clients) {
  rlimit allowed{};
  if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0) return;
  allowed.rlim_cur = allowed.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &allowed);
  if (clients <= allowed.rlim_max) return;
  throw cli::wrong_usage(
      fmt::format("--clients: {} clients need as many files open, and the limit is {}", clients,
                  allowed.rlim_max));
}

/// Seconds of processor time that this process has used.
double processor_time() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

/// Says whether a step does nothing but send, or repeats others.
bool is_about_sending(const script::step& each) {
  return each.what->only_sends || each.what->shape == script::structure::begins_block ||
         each.what->shape == script::structure::ends_block;
}

// --- looks ---

constexpr std::size_t columns = 80;     // chosen: what every terminal has
constexpr std::size_t name_width = 11;  // of the names of rows
constexpr std::size_t longest_bar =
    36;  // chosen: what a row of the histogram leaves of the columns

/// Takes as many words from the front of a text as fit a line.
std::string_view take_words(std::string_view& text) {
  constexpr auto room = columns - name_width;
  auto stop = text.size();
  if (stop > room) {
    const auto blank = text.rfind(' ', room);
    stop = blank == text.npos || blank == 0 ? room : blank;
  }
  const auto out = text.substr(0, stop);
  text.remove_prefix(stop);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return out;
}

}  // namespace

std::string to_text(const std::vector<load_result>& results, const load_looks& how) {
  std::string out;
  const auto& colours = how.colours;
  for (const auto& each : results) {
    auto name = each.name;
    auto rest = std::string_view(each.text);
    do {
      if (!name.empty()) append_in(out, colours, colours.mark, name);
      out.append(name_width - name.size(), ' ');
      if (each.is == load_result::kind::failed) {
        append_in(out, colours, colours.fault, take_words(rest));
      } else {
        out += take_words(rest);
      }
      name = {};
      if (each.is == load_result::kind::bar) {
        out += "  ";
        out += colours.number;
        format::append_bar(out, each.share * longest_bar, how.blocks);
        out += colours.end;
      }
      if (!colours.in_use()) out.resize(out.find_last_not_of(' ') + 1);
      out += '\n';
    } while (!rest.empty());
  }
  return out;
}

load::load(asio::io_context& context, const script::program& all, suite_options how,
           load_options options)
    : context_(context),
      all_(all),
      how_(std::move(how)),
      options_(options),
      all_ready_(context, clock::time_point::max()),
      all_done_(context, clock::time_point::max()) {}

load::~load() = default;

std::unique_ptr<script::player> load::make_player(std::uint64_t number) {
  auto setup = preparation_->setup();
  setup.start.values.reseed(how_.seed + number);
  setup.start.values.set("client", std::to_string(number));
  return std::make_unique<script::player>(std::move(setup));
}

asio::awaitable<int> load::run() {
  const auto cases = choose_cases(all_, how_.only);
  if (cases.size() != 1) {
    throw cli::wrong_usage(
        fmt::format("--clients: runs one case, not {}; choose it by --case", cases.size()));
  }
  allow_descriptors(options_.clients);
  only_sends_ = std::ranges::all_of(cases.front().what->steps, is_about_sending);
  // What a case prints would be of many clients at once, and is dropped.
  preparation_.emplace(context_, all_, how_, nullptr);
  co_await preparation_->perform(*cases.front().from);
  running_ = options_.clients;
  for (std::uint64_t number = 1; number <= options_.clients; ++number) {
    io::start(context_, be_client(number, cases.front()),
              [this](const std::exception_ptr& problem) { note_end(problem); });
  }
  if (running_ > 0) {
    co_await io::wait(all_done_);
  }
  if (!ended_) ended_ = clock::now();
  if (options_.duration) ended_ = std::max(*ended_, began_ + *options_.duration);
  preparation_.reset();
  if (broken_) std::rethrow_exception(broken_);
  co_return failure_ ? failure_->fault->status : cli::success;
}

/// A client that ends by an exception ends the load: the others make no further passes.
void load::note_end(const std::exception_ptr& problem) {
  if (problem && !broken_) broken_ = problem;
  if (problem) all_ready_.cancel();
  if (--running_ == 0) all_done_.cancel();
}

/// All clients begin together, once each of them is connected or has failed to.
asio::awaitable<void> load::wait_for_all() {
  if (broken_) co_return;
  if (++ready_ == options_.clients) {
    began_ = clock::now();
    cpu_before_ = processor_time();
    all_ready_.cancel();
    co_return;
  }
  co_await io::wait(all_ready_);
}

/// Returns: the time of the next pass; nullopt: there is none
std::optional<load::clock::time_point> load::next_due() {
  if (broken_) return std::nullopt;
  const auto now = clock::now();
  if (options_.duration && now - began_ >= *options_.duration) return std::nullopt;
  if (!options_.rate) return now;
  constexpr double longest = 1e9;  // chosen: thirty years, which no clock overflows by
  const std::chrono::duration<double> since(
      std::min(static_cast<double>(due_) / *options_.rate, longest));
  const auto offset = std::chrono::duration_cast<chunk::net::duration>(since);
  const bool over = options_.duration ? offset >= *options_.duration : due_ >= options_.clients;
  if (over) return std::nullopt;
  ++due_;
  return began_ + offset;
}

asio::awaitable<void> load::be_client(std::uint64_t number, const chosen& one) {
  auto by = make_player(number);
  const bool connects_itself =
      !one.what->steps.empty() && one.what->steps.front().what->opens_connection;
  try {
    if (!connects_itself) co_await by->connect_early();
  } catch (const std::exception&) {
    by = make_player(number);  // its first pass will fail likewise, and counts
  }
  co_await wait_for_all();
  co_await make_passes(by, number, one);
  if (++done_ == options_.clients) ended_ = clock::now();
  const auto before = by->sent();
  try {
    co_await by->finish();
  } catch (const script::step_failure& problem) {
    note(problem.why(), one);
  }
  bytes_ += by->sent() - before;
  count_left(*by);
}

asio::awaitable<void> load::make_passes(std::unique_ptr<script::player>& by, std::uint64_t number,
                                        const chosen& one) {
  for (std::uint64_t pass = 1;; ++pass) {
    const auto due = next_due();
    if (!due) co_return;
    if (*due > clock::now()) co_await io::pause_until(*due);
    bool failed = false;
    const auto before = std::pair(by->replies(), by->sent());
    by->begin_anew(preparation_->setup().start);
    try {
      co_await by->perform(one.what->steps);
    } catch (const script::step_failure& problem) {
      note(problem.why(), one);
      failed = true;
    }
    replies_ += by->replies() - before.first;
    bytes_ += by->sent() - before.second;
    if (failed) {
      count_left(*by);
      by = make_player(number);
      co_await io::pause(failure_pause);
    } else {
      took_.add(clock::now() - *due);
    }
    if (!options_.duration) co_return;
    if (pass % most_in_a_row == 0) co_await asio::post(context_, asio::use_awaitable);
  }
}

void load::count_left(const script::player& by) {
  for (const auto& each : by.left()) left_ += each.replies;
}

void load::note(const script::fault& problem, const chosen& one) {
  ++failed_;
  ++reasons_[problem.reason];
  // It has a peer if it was connected before.
  if (problem.status == cli::connection && !problem.peer.empty()) ++lost_;
  if (failure_) return;
  failure_.emplace();
  failure_->number = one.number;
  failure_->name = one.what->name;
  failure_->fault = problem;
}

std::vector<load_result> load::results() const {
  const bool began = began_ != clock::time_point{};
  const auto span = began ? seconds(ended_.value_or(clock::now()) - began_) : 0.0;
  const auto passes = took_.count();
  const auto rate = [&](std::uint64_t count) {
    return span > 0 ? static_cast<double>(count) / span : 0;
  };
  std::vector<load_result> out;
  out.push_back({"clients", std::to_string(options_.clients)});
  out.push_back({"time", fmt::format("{:.3f} s", span)});
  out.push_back(
      {"passes", fmt::format("{}, {:.0f} a second, {} failed", passes, rate(passes), failed_)});
  out.push_back({"replies", fmt::format("{}, {:.0f} a second", replies_, rate(replies_))});
  if (left_ > 0) {
    out.push_back({"unexamined", fmt::format("{} {}", left_, left_ == 1 ? "reply" : "replies")});
  }
  out.push_back({"sent", fmt::format("{} bytes, {:.0f} a second", bytes_, rate(bytes_))});
  if (passes > 0) add_times(out, span);
  using kind = load_result::kind;
  for (const auto& [reason, count] : reasons_) {
    auto text = fmt::format("{}: {}", script::counted(count, "time"), chunk::quoted(reason));
    out.push_back({"failed", std::move(text), kind::failed});
  }
  if (lost_ > 0 && options_.clients > 1) {
    out.push_back({"", fmt::format("{} lost the connection; the server may limit how many it "
                                   "serves at once, or for one peer, which its log tells",
                                   lost_ == 1 ? "1 pass" : fmt::format("{} passes", lost_))});
  }
  return out;
}

void load::add_times(std::vector<load_result>& out, double span) const {
  const auto used = processor_time() - cpu_before_;
  out.push_back({"processor",
                 fmt::format("{:.2f} us a pass, {:.0f} % of a core",
                             used * 1e6 / static_cast<double>(took_.count()), used * 100 / span)});
  if (only_sends_) {
    out.push_back({"latency", "none: no step waits for a reply, so this is the speed of sending"});
    return;
  }
  const auto at = [&](double share) { return script::measured(took_.quantile(share)); };
  out.push_back(
      {"latency", fmt::format("min {}, median {}, p90 {}, p99 {}", script::measured(took_.least()),
                              at(0.5), at(0.9), at(0.99))});
  out.push_back(
      {"slowest", fmt::format("p99.9 {}, max {}", at(0.999), script::measured(took_.most()))});
  for (auto& row : took_.drawing()) {
    out.push_back({"", std::move(row.text), load_result::kind::bar, row.share});
  }
}

void load::interrupt() {
  ended_ = clock::now();
  if (preparation_) preparation_->children().end_all();
}

}  // namespace tools::send
