// Passing a stream on to many readers at once, however slow some of them are.
#pragma once

#include "cli/connect.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "send/reader_queue.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/acceptor.hpp>
#include <chunk/net/deadline.hpp>
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
#include <vector>

namespace tools::send {

/// Chosen: what a reader on a busy machine may have the others wait for.
inline constexpr chunk::net::duration standard_patience = std::chrono::seconds(1);

/// What becomes of the stream when a reader is too slow for it.
enum class policy {
  block,  ///< it waits
  drop,   ///< the reader loses whole chunks
  cut,    ///< the reader loses its connection
};

/// One reader. Held by the coroutines that write to it and read from it.
struct client {
  client(asio::io_context& context, std::unique_ptr<chunk::net::transport> to)
      : link(std::move(to)), name(cli::show_peer(*link)), wake(context) {}

  std::unique_ptr<chunk::net::transport> link;
  const std::string name;
  reader_queue queue;
  asio::steady_timer wake;  // goes off when there is something to write, or nothing more to come
  bool closing = false;     // all that is to come is in the queue
  bool ended = false;       // and was taken
  bool silent = false;      // the other side has ended its half
  bool gone = false;
  std::size_t taken = 0;  // since the last progress
  std::chrono::steady_clock::time_point progress =
      std::chrono::steady_clock::now();  // when enough of it was taken
};

/// Passes a stream on to all who come. Its work holds it, so that it outlives what it has begun.
class distributor : public std::enable_shared_from_this<distributor>,
                    private chunk::net::accept_observer {
 public:
  struct settings {
    policy slow = policy::block;
    std::optional<chunk::net::duration> timeout;
    std::uint32_t max_chunk = chunk::max_length;
    cli::verbosity verbosity;
  };

  distributor(asio::io_context& context, settings how, cli::progress& counting);

  /// Passes on standard input, as fan_out() has it. What is given here and above outlives this.
  asio::awaitable<void> run(std::shared_ptr<chunk::net::listener> at);

 private:
  using clock = std::chrono::steady_clock;
  using shared = std::shared_ptr<client>;

  void refused(const chunk::net::accepted_connection& from, chunk::net::refusal why,
               const chunk::failure& reason) override;
  void accept_failed(const chunk::error& reason) override;

  void welcome(chunk::net::accepted_connection from);
  asio::awaitable<void> write_to(shared one);
  asio::awaitable<void> listen_to(shared one);
  asio::awaitable<void> pass_on();
  asio::awaitable<void> wait_for_someone();
  asio::awaitable<void> make_room();
  asio::awaitable<void> finish();
  asio::awaitable<void> wait_until(clock::time_point due);
  void spawn(asio::awaitable<void> work);
  void distribute(chunk::session::chunk_reader& from);
  bool holds(const client& one) const;
  bool is_done(const client& one) const;
  void lose_patience(client& one);
  [[noreturn]] void give_up(const client& one) const;
  void cut(client& one);
  void leave(client& one, const char* why);
  void sweep() {
    std::erase_if(clients_, [](const shared& one) { return one->gone; });
  }
  chunk::net::duration patience() const { return how_.timeout.value_or(standard_patience); }

  asio::io_context& context_;
  const settings how_;
  cli::progress& counting_;
  std::string listening_;  // where
  std::vector<shared> clients_;
  asio::steady_timer changed_;  // goes off when a client comes, goes, or takes something
  std::exception_ptr problem_;  // of this program itself
  chunk::net::acceptor accepting_;
};

}  // namespace tools::send
