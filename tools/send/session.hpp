// A session: actions are typed line by line and performed at once, on one connection that lives on.
#pragma once

#include "io/line_source.hpp"
#include "script/language/parser.hpp"
#include "script/player/commands.hpp"
#include "script/player/player.hpp"
#include "send/session_record.hpp"
#include "send/session_view.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/duration.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tools::send {

/// What a session works with. Objects that it refers to have to outlive the session.
struct session_setup {
  asio::io_context& context;
  io::line_source& lines;
  script::shared_protocol rules;  ///< with the side that sends
  std::string peer{};             ///< the address, for the prompt and the saved script
  std::string again{};            ///< the command that performs a saved script, without its name

  /// Connects again after the connection has ended.
  script::opener open{};

  /// Waits for the next client, and gives it. Empty: this is the client.
  std::function<asio::awaitable<std::unique_ptr<chunk::net::transport>>()> accept{};

  const chunk::net::tls_options* tls = nullptr;  ///< for the addresses in lines
  std::uint64_t max_chunk = chunk::no_limit;
  std::uint64_t seed = 0;
  std::optional<chunk::net::duration> timeout{};  ///< of a line that waits, and of the last replies
  bool quiet = false;                             ///< tells no remarks
  bool typed = false;                             ///< by somebody at a terminal
  session_view::settings view{};
};

/// One session.
///
/// It has more members than most classes: what is typed and what comes meet in it, and the lines
/// that it reads, shows and records are classes of their own.
class session {
 public:
  explicit session(session_setup how);

  /// Uses a connection that is open already.
  void adopt(std::unique_ptr<chunk::net::transport> link) { player_.adopt(std::move(link)); }

  /// Performs lines until they end. Replies are shown as they come.
  ///
  /// Returns: the exit status: that of the first line that failed, unless somebody has typed them
  ///          and seen it
  asio::awaitable<int> hold();

  /// Interrupts the line that is being performed.
  ///
  /// Returns: false if there is none
  bool interrupt();

  /// Says whether lines of a block were typed, and not yet its end.
  bool is_in_block() const { return !begun_.empty(); }

  /// The protocol, with the side that sends.
  const chunk::protocol& rules() const { return *how_.rules; }

  const session_record& record() const { return record_; }

  /// The names that have values.
  const script::name_table::table& names() const { return known_.names; }

 private:
  friend struct session_command;

  asio::awaitable<std::optional<std::string>> next_line();
  asio::awaitable<void> read_line(std::optional<std::string>& line);
  asio::awaitable<void> follow_peer();
  asio::awaitable<void> copy_replies();
  asio::awaitable<void> end();
  asio::awaitable<void> take(std::string_view line);
  asio::awaitable<void> perform_actions();
  asio::awaitable<void> perform(script::program next);
  asio::awaitable<bool> perform_part(std::span<const script::step> steps, bool first);
  asio::awaitable<void> play(std::span<const script::step> steps);
  asio::awaitable<bool> play_or_interrupt(std::span<const script::step> steps);
  asio::awaitable<void> source(std::string path);
  void save(const std::string& path);
  void help(std::string_view of);
  void close_ended();
  void fail(const chunk::failure& reason);
  void refuse(const script::mistake& wrong);
  void tell_remarks(const script::program& of);
  std::string prompt() const;

  session_setup how_;
  session_record record_;
  session_view view_;
  script::commands children_;
  script::program all_;         // the connections so far, and what holds for each line
  script::continuation known_;  // what earlier lines leave to later ones
  script::player player_;
  std::deque<script::program> programs_;  // the last ones, whose steps the player may still name
  std::vector<std::string> begun_;        // lines of a block that is not complete
  asio::steady_timer interrupted_;        // expires when a line is interrupted
  bool performing_ = false;
  bool over_ = false;            // a line has ended the session
  std::set<std::string> saved_;  // files that this session has written
  int status_ = 0;
};

/// The words that begin lines which are no actions, with a blank behind those that need more.
std::vector<std::string> session_words();

}  // namespace tools::send
