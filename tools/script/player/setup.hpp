// What a player is given to work with.
#pragma once

#include "cli/progress.hpp"
#include "script/language/step.hpp"
#include "script/language/variables.hpp"
#include "script/player/channel.hpp"
#include "script/player/commands.hpp"
#include "script/report/trace.hpp"
#include "script/report/updates.hpp"

#include <chunk/net/duration.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tools::script {

/// The output of `request` and `raw-receive`.
class printer {
 public:
  virtual ~printer();
  virtual void line(const std::string& text) = 0;
  virtual void raw(std::span<const std::byte> bytes) = 0;
};

/// Opens the unnamed connection, within a time limit.
using opener =
    std::function<asio::awaitable<std::unique_ptr<chunk::net::transport>>(chunk::net::duration)>;

/// State that steps change, besides connections. A case begins with the state that the setup left.
struct conditions {
  variables values{0};
  chunk::net::duration timeout = std::chrono::seconds(5);  ///< of a step. Source: chunk-script(5)
  std::string address{};                                   ///< of the unnamed connection
  bool may_start_late = false;  ///< a server has been started that may not listen yet
  writing how{};
  double speed = 1;       ///< of the times of `at`; 0: they are not waited for
  bool patient = false;   ///< a step that only writes has no time limit
  bool prepares = false;  ///< `connect` only says where cases are to connect to
};

/// The conditions at the start of a script, with the seed of its random bytes and the value of
/// %{client}.
conditions first_conditions(std::uint64_t seed, std::string_view client = "1");

/// Everything that a player works with. Objects that it refers to have to outlive the player.
struct player_setup {
  asio::io_context& context;
  const program& all;
  conditions start{};
  printer* out = nullptr;                        ///< nullptr: what steps print is dropped
  opener open{};                                 ///< empty: only the script names addresses
  commands* children = nullptr;                  ///< of the case, or of the setup
  commands* setup_children = nullptr;            ///< of the setup that came before the case
  script::trace* trace = nullptr;                ///< nullptr: nothing is shown
  script::updates* updates = nullptr;            ///< nullptr: a reply has to be what is expected
  chunk::session::reader_options limits{};       ///< of what is received; the framing is that of
                                                 ///< the program
  const chunk::net::tls_options* tls = nullptr;  ///< for the addresses in the script
  cli::progress* progress = nullptr;             ///< of the files that it sends

  /// How long rules wait for a request before the connection ends in order. nullopt: as long as a
  /// step, and it is a failure if none comes.
  std::optional<chunk::net::duration> idle{};
};

}  // namespace tools::script
