// A fake server: performs a script with each client that connects.
#pragma once

#include "script/player.hpp"
#include "script/step.hpp"
#include "serve/log.hpp"

#include <chunk/deadline.hpp>
#include <chunk/endpoint.hpp>
#include <chunk/listener.hpp>
#include <chunk/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace serve {

struct script_options {
  chunk::duration timeout = std::chrono::seconds(5);  ///< of a step
  chunk::duration drain{};                            ///< for what is in progress at the end
  std::size_t max_connections = 512;
  std::uint32_t max_payload = chunk::max_length;
};

/// Everything given outlives it.
class scripted_server {
 public:
  scripted_server(asio::io_context& context, const script::program& all, const log& to,
                  script_options how);
  ~scripted_server();

  /// Accepts what comes, until drain().
  void listen(std::unique_ptr<chunk::listener> from);

  /// Performs the script with a client that is connected already.
  void serve(std::unique_ptr<chunk::transport> link);

  /// Stops accepting. Scripts under way have the time of the options to end.
  void drain();

  /// Runs until nothing is left to do, and gives the number of connections that failed or were cut.
  asio::awaitable<std::size_t> run();

 private:
  class discard;

  asio::awaitable<void> accept_from(std::shared_ptr<chunk::listener> from);
  asio::awaitable<void> perform(std::unique_ptr<chunk::transport> link, std::uint64_t number);
  void note_end(std::uint64_t number, const script::fault* problem, const script::player& by);
  void changed();

  asio::io_context& context_;
  const script::program& all_;
  const log& log_;
  script_options how_;
  std::uint64_t seed_;  // of random bytes
  std::unique_ptr<discard> discard_;
  std::vector<std::shared_ptr<chunk::listener>> listeners_;
  asio::steady_timer change_;
  std::size_t accepting_ = 0;
  std::size_t active_ = 0;
  std::uint64_t last_number_ = 0;
  std::size_t failed_ = 0;
  bool draining_ = false;
};

}  // namespace serve
