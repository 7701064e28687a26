// Sends a stream to many readers at once, some of which may be slow.
#pragma once

#include "cli/connect.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "send/reader_queue.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/acceptor.hpp>
#include <chunk/net/duration.hpp>
#include <chunk/net/listener.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tools::send {

/// How long the others wait for a slow reader. Chosen: longer than a delay on a busy machine.
inline constexpr chunk::net::duration standard_patience = std::chrono::seconds(1);

/// What happens when a reader is too slow.
enum class policy {
  block,  ///< the stream waits for it
  drop,   ///< the reader loses whole chunks
  cut,    ///< the reader is disconnected
};

/// One reader. Held by the coroutines that write to it and read from it.
struct client {
  client(asio::io_context& context, chunk::net::accepted_connection from)
      : counted(std::move(from.counted)),
        link(std::move(from.link)),
        name(cli::show_peer(*link)),
        wake(context) {}

  chunk::net::admission counted;
  std::unique_ptr<chunk::net::transport> link;
  const std::string name;
  reader_queue queue;
  asio::steady_timer wake;  // cancelled when there is something to write, or nothing more to come
  bool closing = false;     // everything up to the end of the stream is in the queue
  bool ended = false;       // everything was written and our half was ended
  bool silent = false;      // the client has ended its half
  bool gone = false;
  std::size_t taken = 0;  // bytes read by the client since the last progress
  std::chrono::steady_clock::time_point progress =
      std::chrono::steady_clock::now();  // when the client had last read enough
};

/// Sends a stream to all clients. Its coroutines share ownership of it.
class distributor : public std::enable_shared_from_this<distributor>,
                    private chunk::net::accept_observer {
 public:
  struct settings {
    policy slow = policy::block;
    std::optional<chunk::net::duration> timeout;
    std::uint64_t max_chunk = chunk::no_limit;
    chunk::framing framing{};
    cli::verbosity verbosity;
    std::size_t max_clients = 0;  ///< at one time
  };

  distributor(asio::io_context& context, settings how, cli::progress& counting);

  /// Sends the stream on standard input to the clients of `at`; see fan_out(). `context` and
  /// `counting` have to outlive this.
  ///
  /// Returns: whether no client was lost for a reason of this side or of the network
  asio::awaitable<bool> run(std::shared_ptr<chunk::net::listener> at);

 private:
  using clock = std::chrono::steady_clock;
  using shared = std::shared_ptr<client>;

  void arrived(const chunk::net::accepted_connection&) override { complained_ = false; }
  void refused(const chunk::net::accepted_connection& from, chunk::net::refusal why,
               const chunk::failure& reason) override;
  void accept_failed(const chunk::error& reason) override;

  void add_client(chunk::net::accepted_connection from);
  asio::awaitable<void> write_to(shared one);
  asio::awaitable<void> listen_to(shared one);
  asio::awaitable<void> pass_on();
  asio::awaitable<void> wait_for_someone();
  asio::awaitable<void> make_room();
  asio::awaitable<void> finish();
  asio::awaitable<void> wait_until(clock::time_point due);
  void spawn(asio::awaitable<void> work);
  void distribute(chunk::session::chunk_reader& from);
  bool blocks_stream(const client& one) const;
  bool is_done(const client& one, clock::time_point now) const;
  void handle_slow_reader(client& one);
  [[noreturn]] void give_up(const client& one) const;
  void disconnect(client& one, const char* why);
  void leave(client& one, const char* why);
  void lose(client& one, const chunk::failure& reason);
  void sweep() {
    std::erase_if(clients_, [](const shared& one) { return one->gone; });
  }
  chunk::net::duration patience() const { return how_.timeout.value_or(standard_patience); }

  asio::io_context& context_;
  const settings how_;
  cli::progress& counting_;
  std::string listening_;  // the address
  std::vector<shared> clients_;
  std::vector<std::byte> start_;  // what stands before the first chunk, for every client
  asio::steady_timer changed_;    // cancelled when a client comes, goes, or reads something
  std::exception_ptr problem_;    // an exception of one of its coroutines
  bool lost_any_ = false;         // a client, but not by its own doing
  bool complained_ = false;       // since the last connection was accepted
  chunk::net::acceptor accepting_;
};

}  // namespace tools::send
