// A fake server: performs a script with each client that connects.
#pragma once

#include "script/language/step.hpp"
#include "script/player/player.hpp"
#include "serve/log.hpp"

#include <chunk/net/acceptor.hpp>
#include <chunk/net/access.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/net/listener.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tools::serve {

struct script_options {
  chunk::net::duration timeout = std::chrono::seconds(5);  ///< of a step
  chunk::net::duration idle = std::chrono::seconds(60);    ///< between requests to rules
  chunk::net::duration drain{};                            ///< for scripts in progress at the end
  chunk::net::duration handshake = chunk::net::handshake_timeout;  ///< for TLS
  std::size_t max_connections = 512;
  std::uint64_t max_payload = chunk::no_limit;
  std::vector<chunk::net::access_rule> access{};  ///< who may connect
};

/// The arguments have to outlive it.
class scripted_server : private chunk::net::accept_observer {
 public:
  scripted_server(asio::io_context& context, const script::program& all, log& to,
                  script_options how);
  ~scripted_server() override;

  /// Accepts connections until drain().
  void listen(std::shared_ptr<chunk::net::listener> from);

  /// Performs the script with a client that is already connected.
  void serve(std::unique_ptr<chunk::net::transport> link);

  /// Stops accepting. Connections whose rules wait for a request are ended, and other scripts in
  /// progress have the time limit of the options to end.
  void drain();

  /// Runs until all connections are over, and gives the number of those that failed or were closed
  /// early.
  asio::awaitable<std::size_t> run();

 private:
  void arrived(const chunk::net::accepted_connection& from) override;
  void refused(const chunk::net::accepted_connection& from, chunk::net::refusal why,
               const chunk::failure& reason) override;
  void accept_failed(const chunk::error& reason) override;
  void changed() override;

  void begin(chunk::net::accepted_connection from);
  asio::awaitable<void> perform(chunk::net::accepted_connection from);
  void note_end(std::uint64_t number, const script::fault* problem, const script::player& by);

  asio::io_context& context_;
  const script::program& all_;
  log& log_;
  script_options how_;
  std::uint64_t seed_;         // of random bytes
  asio::steady_timer change_;  // cancelled whenever run() may have to end
  std::size_t active_ = 0;     // scripts
  std::set<script::player*> playing_;
  std::size_t failed_ = 0;
  bool draining_ = false;
  chunk::net::acceptor accepting_;
};

}  // namespace tools::serve
