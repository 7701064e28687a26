// Load tests: performs one case with many clients at once, and measures it.
#pragma once

#include "format/palette.hpp"
#include "script/player/player.hpp"
#include "send/histogram.hpp"
#include "send/suite.hpp"

#include <chunk/net/duration.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools::send {

/// The most clients of a load. Chosen: more than one machine can connect.
inline constexpr std::uint64_t most_clients = 1'000'000;

struct load_options {
  std::uint64_t clients = 1;
  std::optional<double> rate;                    ///< passes a second, of all clients together
  std::optional<chunk::net::duration> duration;  ///< nullopt: each client makes one pass
};

/// A row of the results of a load.
struct load_result {
  enum class kind { measured, failed, bar };

  std::string_view name;  ///< empty: it belongs to the row above
  std::string text;
  kind is = kind::measured;
  double share = 0;  ///< of the longest bar
};

/// How results are shown.
struct load_looks {
  const format::palette& colours;
  bool blocks = false;  ///< bars of block characters, and not of plain ASCII
};

/// Shows results in lines of at most 80 columns.
std::string to_text(const std::vector<load_result>& results, const load_looks& how);

/// Clients that each hold a connection and perform the steps of one case repeatedly.
///
/// Without a rate, the next pass of a client begins when the last one has ended (a closed loop).
/// With one, passes are due at fixed times, whether or not the last ones have ended, and are late
/// when no client is free (an open loop): how long a pass takes is counted from when it was due.
///
/// It has more members than most classes: what it counts is counted by all clients together.
class load {
 public:
  /// The arguments have to outlive the load.
  load(asio::io_context& context, const script::program& all, suite_options how,
       load_options options);
  ~load();

  /// Gives the status of the first failure.
  asio::awaitable<int> run();

  /// The results so far.
  std::vector<load_result> results() const;

  /// The first failure, to be explained.
  const std::optional<case_result>& failure() const { return failure_; }

  /// Ends the commands.
  void interrupt();

 private:
  using clock = std::chrono::steady_clock;

  asio::awaitable<void> be_client(std::uint64_t number, const chosen& one);
  asio::awaitable<void> make_passes(std::unique_ptr<script::player>& by, std::uint64_t number,
                                    const chosen& one);
  void note_end(const std::exception_ptr& problem);
  asio::awaitable<void> wait_for_all();
  std::unique_ptr<script::player> make_player(std::uint64_t number);
  std::optional<clock::time_point> next_due();
  void note(const script::fault& problem, const chosen& one);
  void count_left(const script::player& by);
  void add_times(std::vector<load_result>& out, double span) const;

  asio::io_context& context_;
  const script::program& all_;
  suite_options how_;
  load_options options_;
  std::optional<preparation> preparation_;
  asio::steady_timer all_ready_;
  asio::steady_timer all_done_;
  std::uint64_t ready_ = 0;
  std::uint64_t done_ = 0;  // clients that make no more passes
  std::uint64_t running_ = 0;
  std::uint64_t due_ = 0;  // passes that were due so far
  clock::time_point began_{};
  std::optional<clock::time_point> ended_;
  double cpu_before_ = 0;
  histogram took_;
  std::uint64_t failed_ = 0;
  std::uint64_t lost_ = 0;  // of those, because of their connection
  std::uint64_t replies_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t left_ = 0;  // replies that no step examined
  std::map<std::string, std::uint64_t> reasons_;
  std::optional<case_result> failure_;
  std::exception_ptr broken_;
  bool only_sends_ = false;  // no step does anything else
};

}  // namespace tools::send
