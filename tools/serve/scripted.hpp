// A fake server: performs a script with each client that connects.
#pragma once

#include "script/language/step.hpp"
#include "script/player/player.hpp"
#include "serve/log.hpp"

#include <chunk/net/access.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/listener.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tools::serve {

struct script_options {
  chunk::net::duration timeout = std::chrono::seconds(5);  ///< of a step
  chunk::net::duration drain{};                            ///< for what is in progress at the end
  chunk::net::duration handshake = std::chrono::seconds(10);  ///< of TLS
  std::size_t max_connections = 512;
  std::uint32_t max_payload = chunk::max_length;
  std::vector<chunk::net::access_rule> access{};  ///< who may connect
};

/// Everything given outlives it.
class scripted_server {
 public:
  scripted_server(asio::io_context& context, const script::program& all, log& to,
                  script_options how);
  ~scripted_server();

  /// Accepts what comes, until drain().
  void listen(std::unique_ptr<chunk::net::listener> from);

  /// Performs the script with a client that is connected already.
  void serve(std::unique_ptr<chunk::net::transport> link,
             std::shared_ptr<chunk::net::tls_context> tls = {});

  /// Stops accepting. Scripts under way have the time of the options to end.
  void drain();

  /// Runs until nothing is left to do, and gives the number of connections that failed or were cut.
  asio::awaitable<std::size_t> run();

 private:
  class discard;

  asio::awaitable<void> secure_and_perform(std::unique_ptr<chunk::net::transport> link,
                                           std::shared_ptr<chunk::net::tls_context> tls,
                                           std::uint64_t number);
  asio::awaitable<void> perform(std::unique_ptr<chunk::net::transport> link, std::uint64_t number);
  void note_refusal(std::uint64_t number, const chunk::net::peer& who, std::string_view reason,
                    const std::string& detail);
  void note_end(std::uint64_t number, const script::fault* problem, const script::player& by);
  void changed();

  asio::io_context& context_;
  const script::program& all_;
  log& log_;
  script_options how_;
  std::uint64_t seed_;  // of random bytes
  std::unique_ptr<discard> discard_;
  std::vector<std::shared_ptr<chunk::net::listener>> listeners_;
  asio::steady_timer change_;
  std::size_t accepting_ = 0;
  std::size_t active_ = 0;
  std::uint64_t last_number_ = 0;
  std::size_t failed_ = 0;
  bool draining_ = false;
};

}  // namespace tools::serve
