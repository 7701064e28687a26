// Performs the steps of a script, one after another.
#pragma once

#include "cli/progress.hpp"
#include "script/language/step.hpp"
#include "script/language/variables.hpp"
#include "script/player/channel.hpp"
#include "script/player/commands.hpp"
#include "script/report/fault.hpp"
#include "script/report/trace.hpp"

#include <chunk/net/deadline.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tools::script {

/// Where `request` and `raw-receive` print.
class printer {
 public:
  virtual ~printer();
  virtual void line(const std::string& text) = 0;
  virtual void raw(std::span<const std::byte> bytes) = 0;
};

/// Opens the connection without a name, within a time.
using opener =
    std::function<asio::awaitable<std::unique_ptr<chunk::net::transport>>(chunk::net::duration)>;

/// What a player finds around it. All of it outlives the player.
struct surroundings {
  asio::io_context& context;
  const program& all;
  printer& out;
  opener open{};                 ///< nothing: there is no address but those in the script
  commands* children = nullptr;  ///< of the case, or of the setup
  script::trace* trace = nullptr;
  chunk::session::reader_options limits{};
  commands* setup_children = nullptr;            ///< of the setup that came before the case
  const chunk::net::tls_options* tls = nullptr;  ///< for the addresses in the script
  cli::progress* progress = nullptr;             ///< of the files that it sends
};

/// What steps change, besides connections: a case begins with what the setup has left.
struct conditions {
  variables values;
  chunk::net::duration timeout = std::chrono::seconds(5);  ///< of a step. Source: chunk-script(5)
  std::string address{};                                   ///< of the connection without a name
  bool may_start_late = false;  ///< a server has been started that may not listen yet
  writing how{};
  bool patient = false;   ///< a step that only writes may wait as long as the peer has it wait
  bool prepares = false;  ///< `connect` only says where cases are to connect to
};

/// What was received and examined by no step.
struct unexamined {
  std::string peer;
  std::uint64_t replies = 0;
  std::uint64_t bytes = 0;         ///< where bytes were taken as they are
  std::vector<std::string> first;  ///< a few of the replies
  bool endless = false;            ///< the peer did not end its stream in time

  /// "2 replies that no step examined: ECHO:a, NOOP"; `what` is "reply" or "request"
  std::string in_words(chunk::net::duration limit, const std::string& what = "reply") const;
};

/// One run of a case, or of the setup.
class player {
 public:
  player(surroundings& around, conditions start);

  /// Performs steps, the first of them at its time `now`.
  ///
  /// Throws: step_failure, skipped; local_failure of standard output
  asio::awaitable<void> perform(std::span<const step> steps);

  /// Sends what is still to be sent, ends this side of all connections, waits for their ends, and
  /// closes them.
  ///
  /// Throws: step_failure when a connection was lost or cut
  asio::awaitable<void> finish();

  /// Takes a connection that is open already for the one without a name.
  void adopt(std::unique_ptr<chunk::net::transport> link);

  /// Opens the connection without a name, before the first step that uses it.
  ///
  /// Throws: step_failure
  asio::awaitable<void> connect_early();

  /// Takes the limits of time and of writes again that `start` has.
  void begin_anew(const conditions& start);

  /// Sends what was gathered.
  asio::awaitable<void> flush();

  channel* main() { return channels_.at(0).get(); }
  const channel* main() const { return channels_.at(0).get(); }
  conditions& state() { return state_; }
  const std::vector<unexamined>& left() const { return left_; }
  std::uint64_t replies() const { return replies_; }
  std::uint64_t sent() const { return state_.how.written; }

  /// Closes all connections without a word.
  void drop();

 private:
  using clock = std::chrono::steady_clock;

  struct block {
    std::size_t begin = 0;
    std::uint64_t round = 1;
    std::uint64_t rounds = 0;
  };

  static const step connecting;
  static const step ending;

  asio::awaitable<void> reporting(asio::awaitable<void> work);
  asio::awaitable<void> play(std::span<const step> steps);
  asio::awaitable<void> end_all();
  std::size_t jump(std::span<const step> steps, std::size_t at);
  std::optional<asio::awaitable<void>> attempt(const step& now);
  std::optional<asio::awaitable<void>> attempt_on(const step& now, channel& on);
  std::optional<asio::awaitable<void>> send(const step& now, channel& on);
  std::optional<asio::awaitable<void>> examine(const step& now, channel& on);
  asio::awaitable<void> open_main();
  asio::awaitable<void> open_then(const step& now);
  asio::awaitable<void> send_long(const step& now, channel& on, bool held);
  asio::awaitable<void> send_file(const step& now, channel& on);
  asio::awaitable<void> write_all();
  asio::awaitable<void> await_reply(const step& now, channel& on);
  asio::awaitable<void> take_raw(const step& now, channel& on);
  asio::awaitable<void> await_close(const step& now, channel& on);
  asio::awaitable<void> await_silence(const step& now, channel& on);
  asio::awaitable<void> part(const step& now, channel& on);
  asio::awaitable<void> pause(const step& now);
  asio::awaitable<void> connect(const step& now);
  asio::awaitable<std::unique_ptr<chunk::net::transport>> reach(std::size_t slot,
                                                                chunk::net::duration limit);
  asio::awaitable<std::unique_ptr<chunk::net::transport>> reach_once(std::string address,
                                                                     chunk::net::duration limit);
  asio::awaitable<void> wait_for(const step& now);
  asio::awaitable<void> run(const step& now);
  void start(const step& now);
  void assign(const step& now);
  bool attend(channel& on);
  asio::awaitable<bool> more(channel& on);
  asio::awaitable<void> end_of(channel& on, clock::time_point until);
  void note_left(channel& on);
  void keep(unexamined left);
  void count_left(channel& on, unexamined& out);
  void judge(const step& now, channel& on, const chunk::fragment& reply);
  void compare(const step& now, const chunk::placed_chunk& whole);
  void print(const step& now, const chunk::fragment& reply);
  void check_time(const step& now);
  void check_children();

  /// Above zero, which would be none.
  chunk::net::duration limit() const {
    return std::max(bound_ ? bound_->most : state_.timeout, chunk::net::duration{1});
  }
  chunk::net::duration write_limit() const {
    return state_.patient ? chunk::net::duration{} : limit();
  }
  fault about(const step& now, int status, std::string reason) const;
  [[noreturn]] void fail(const step& now, int status, std::string reason) const;
  [[noreturn]] void fail(fault what) const;
  [[noreturn]] void refuse_values(const step& now, const chunk::error& why) const;
  [[noreturn]] void fail_late(const step& now, channel& on) const;
  [[noreturn]] void fail_at_end(const step& now, channel& on);
  [[noreturn]] void convert(const step& now, const chunk::failure& reason) const;

  surroundings& around_;
  conditions state_;
  std::vector<std::unique_ptr<channel>> channels_;
  std::vector<std::string> addresses_;  // where each was opened to
  std::vector<unexamined> left_;
  std::vector<block> blocks_;
  const step* current_ = &connecting;
  const step* bound_ = nullptr;  // the within that is in force
  std::array<const step*, 6> last_{};
  std::size_t steps_ = 0;
  std::size_t turns_ = 0;      // steps, and ways through blocks
  clock::time_point began_{};  // the step
  chunk::net::deadline_timer alarm_;
  channel* waiting_ = nullptr;
  std::uint64_t replies_ = 0;
};

}  // namespace tools::script
