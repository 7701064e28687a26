// The state that actions work on: the connections, the time and the values of one run.
#pragma once

#include "script/language/step.hpp"
#include "script/player/channel.hpp"
#include "script/player/connections.hpp"
#include "script/player/position.hpp"
#include "script/player/rules.hpp"
#include "script/player/setup.hpp"
#include "script/report/fault.hpp"
#include "script/report/step_log.hpp"
#include "script/report/unexamined.hpp"

#include <chunk/net/deadline.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>

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

/// The result of waiting for a peer.
enum class arrival {
  bytes,
  end,   ///< the stream of the peer has ended
  late,  ///< nothing came before the deadline
};

/// Counts what was received.
struct tally {
  std::uint64_t replies = 0;     ///< replies that steps have taken
  std::vector<unexamined> left;  ///< unexamined replies of closed connections

  /// Adds the unexamined replies of a connection, if there are any.
  void keep(unexamined of_one);
};

/// What actions work on.
///
/// It has more functions and members than most classes: whatever one action does that others see
/// is here.
class stage {
 public:
  /// Performs steps in the midst of another one.
  using performer = std::function<asio::awaitable<void>(std::span<const step>)>;

  stage(player_setup how, performer amid);

  const player_setup& around() const { return around_; }
  conditions& state() { return around_.start; }
  connections& links() { return links_; }
  const connections& links() const { return links_; }
  step_log& log() { return log_; }
  position& where() { return where_; }
  rule_list& rules() { return rules_; }
  tally& received() { return received_; }
  const tally& received() const { return received_; }

  /// The connection of a step, which has to be open.
  channel& connection(const step& now) { return *links_.find(now.connection); }

  void adopt(std::size_t which, std::unique_ptr<chunk::net::transport> link);

  /// Records unexamined replies of a connection, and closes it.
  void close(std::size_t which);

  /// When the case began.
  std::chrono::steady_clock::time_point& began() { return began_; }

  /// The time limit of the current step. Never zero, which would stand for no limit.
  chunk::net::duration limit() const;

  /// The time limit of a step that only writes. In a test it applies to the whole step.
  script::write_limit write_limit() const;

  /// The time that the current step has to take, if within: sets it.
  std::optional<time_range>& bound() { return bound_; }

  /// The deadline of more() and readable().
  chunk::net::deadline_timer& deadline() { return deadline_; }

  /// Writes the buffered chunks of all connections.
  asio::awaitable<void> flush();

  /// Writes the buffered chunks of all connections before a step that waits, since a peer may wait
  /// for what another one receives. The pauses of slice: do not count as time of the step.
  asio::awaitable<void> write_all();

  /// Receives more.
  asio::awaitable<arrival> more(channel& on);

  /// Waits until there is something to receive, or the deadline has passed.
  asio::awaitable<void> readable(channel& on);

  /// Forgets what a step has left that has failed and is to be tried again.
  void begin_again();

  /// Performs the answer of a rule in the midst of the current step.
  asio::awaitable<void> perform_amid(std::span<const step> steps) { return amid_(steps); }

  /// Waits for the next request of a client, which need not come. drain() ends this wait.
  asio::awaitable<void> idle(channel& on);

  /// Has nobody wait for further requests.
  void drain();
  bool drains() const { return drains_; }

  /// Reports the failure of a server, which is then the cause of other failures.
  ///
  /// Throws: step_failure if one has
  void check_children();

  /// A report of a failure of a step, without what was received.
  fault about(const step& now, int status, std::string reason) const;

  [[noreturn]] void fail(const step& now, int status, std::string reason) const;

 private:
  player_setup around_;
  connections links_;
  performer amid_;
  rule_list rules_;
  tally received_;
  std::optional<time_range> bound_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  step_log log_;
  position where_;
  chunk::net::deadline_timer deadline_;
  channel* waiting_ = nullptr;  // the channel that is waited for
  bool is_idle_ = false;        // it is waited for the next request
  bool drains_ = false;
};

}  // namespace tools::script
