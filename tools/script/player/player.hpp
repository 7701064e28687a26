// Performs the steps of a script, one after another.
#pragma once

#include "script/language/step.hpp"
#include "script/player/channel.hpp"
#include "script/player/setup.hpp"
#include "script/player/stage.hpp"
#include "script/report/fault.hpp"
#include "script/report/unexamined.hpp"

#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tools::script {

/// One run of a case, or of the setup.
class player {
 public:
  explicit player(player_setup how)
      : stage_(std::move(how), [this](std::span<const step> steps) { return play_amid(steps); }) {}

  /// Performs steps, which have to outlive the player.
  ///
  /// Throws: step_failure, skipped; local_failure of standard output
  asio::awaitable<void> perform(std::span<const step> steps);

  /// Performs more steps, of a program that continues the one before. They may use connections that
  /// it has added, and examine replies that were printed earlier.
  ///
  /// Throws: as perform()
  asio::awaitable<void> perform_next(std::span<const step> steps);

  /// Forgets the step that has failed or was cancelled, so that others can be performed.
  void abandon();

  /// Answers requests by the rules of the script, if there are any, until the client ends its
  /// stream. Then sends buffered chunks, ends this side of all connections, waits for the other
  /// sides, and closes them.
  ///
  /// Throws: step_failure if a connection was lost or truncated
  asio::awaitable<void> finish();

  /// Has rules wait for no further requests.
  void drain() { stage_.drain(); }

  /// Uses an open connection as the unnamed one.
  void adopt(std::unique_ptr<chunk::net::transport> link) { stage_.adopt(0, std::move(link)); }

  /// Closes the unnamed connection, if it is open.
  void close_main();

  /// Opens the unnamed connection, before the first step that uses it.
  ///
  /// Throws: step_failure
  asio::awaitable<void> connect_early();

  /// Resets the time limit and the slicing of writes to those of `start`, and the time that `at`
  /// counts from.
  void begin_anew(const conditions& start);

  /// Sends the buffered chunks.
  asio::awaitable<void> flush() { return stage_.flush(); }

  /// The unnamed connection. nullptr: it is closed.
  channel* main() { return stage_.links().find(0); }
  const channel* main() const { return stage_.links().find(0); }

  /// A connection by its index in the program. nullptr: it is closed.
  const channel* find(std::size_t which) const { return stage_.links().find(which); }

  const conditions& state() const { return stage_.around().start; }
  const std::vector<unexamined>& left() const { return stage_.received().left; }
  std::uint64_t replies() const { return stage_.received().replies; }

  /// Bytes that were written, on all connections.
  std::uint64_t sent() const { return state().how.written; }

 private:
  asio::awaitable<void> reporting(asio::awaitable<void> work);
  asio::awaitable<void> play(std::span<const step> steps);
  asio::awaitable<void> play_on();
  asio::awaitable<void> play_amid(std::span<const step> steps);
  asio::awaitable<void> play_and_send(std::span<const step> steps);
  std::optional<asio::awaitable<void>> attempt(const step& now);
  asio::awaitable<void> open_then(const step& now);
  asio::awaitable<void> end_all();
  asio::awaitable<void> end_of(channel& on, std::chrono::steady_clock::time_point until);
  const step* with_present_values(const step& now, std::optional<step>& held);
  void check_time(const step& now);
  [[noreturn]] void fail_by(const chunk::failure& reason);

  stage stage_;
  std::size_t turns_ = 0;  // steps, and ways through blocks
};

}  // namespace tools::script
