// What the actions of a script work on: the connections, the time and the values of one run.
#pragma once

#include "script/language/step.hpp"
#include "script/player/channel.hpp"
#include "script/player/connections.hpp"
#include "script/player/position.hpp"
#include "script/player/setup.hpp"
#include "script/report/fault.hpp"
#include "script/report/step_log.hpp"
#include "script/report/unexamined.hpp"

#include <chunk/net/deadline.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tools::script {

/// What became of waiting for a peer.
enum class arrival {
  bytes,
  end,   ///< of the peer's stream
  late,  ///< nothing came before the deadline
};

/// What has come in so far.
struct tally {
  std::uint64_t replies = 0;     ///< that steps have taken
  std::vector<unexamined> left;  ///< of connections that are closed

  /// Takes note of what is left of one, if it is anything.
  void keep(unexamined of_one);
};

class stage {
 public:
  explicit stage(player_setup how);

  const player_setup& around() const { return around_; }
  conditions& state() { return around_.start; }
  connections& links() { return links_; }
  const connections& links() const { return links_; }
  step_log& log() { return log_; }
  position& where() { return where_; }
  tally& received() { return received_; }
  const tally& received() const { return received_; }

  /// The connection of a step that uses one: it is open.
  channel& connection(const step& now) { return *links_.find(now.connection); }

  void adopt(std::size_t which, std::unique_ptr<chunk::net::transport> link);

  /// Takes note of what no step has examined on a connection, and closes it.
  void close(std::size_t which);

  /// The time limit of the present step. Above zero, which would be none.
  chunk::net::duration limit() const;

  /// The same for a step that only writes. Zero: none.
  chunk::net::duration write_limit() const;

  /// The time that the present step has to take, if something bounds it.
  std::optional<time_range>& bound() { return bound_; }

  /// The deadline of more() and readable().
  chunk::net::deadline_timer& deadline() { return deadline_; }

  /// Writes what was gathered, on all connections.
  asio::awaitable<void> flush();

  /// The same before a step that waits: who waits for one peer may be waiting for what another one
  /// does. The pauses of slice do not count as the step's time.
  asio::awaitable<void> write_all();

  /// Receives more.
  asio::awaitable<arrival> more(channel& on);

  /// Waits until there is something to receive, or the deadline has passed.
  asio::awaitable<void> readable(channel& on);

  /// A server that has failed is the reason for whatever fails now.
  ///
  /// Throws: step_failure if one has
  void check_children();

  /// What a report tells of a failure of a step, besides what was received.
  fault about(const step& now, int status, std::string reason) const;

  [[noreturn]] void fail(const step& now, int status, std::string reason) const;

 private:
  player_setup around_;
  connections links_;
  tally received_;
  std::optional<time_range> bound_;
  step_log log_;
  position where_;
  chunk::net::deadline_timer deadline_;
  channel* waiting_ = nullptr;  // for whose bytes
};

}  // namespace tools::script
