// Merges the chunks of many senders into one stream.
#pragma once

#include "io/async_mutex.hpp"
#include "io/spool.hpp"
#include "recv/chunk_filter.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/net/acceptor.hpp>
#include <chunk/net/duration.hpp>
#include <chunk/net/listener.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace tools::recv {

struct merge_options {
  chunk::framing framing{};
  std::uint64_t max_chunk = chunk::no_limit;
  std::uint64_t spool_max = 0;     ///< bytes in files, of all senders together
  std::size_t max_senders = 0;     ///< at one time
  chunk::net::duration timeout{};  ///< without a byte from a sender; zero: none
  bool verbose = false;
};

/// Merges chunk by chunk: each is passed on once it is whole. Up to then it is held in memory, or
/// in a file if it is long. The chunks of one sender keep their order.
///
/// A sender that breaks the format or is lost is reported, and its incomplete chunk dropped; the
/// others go on. Nobody waits for a sender, but all wait for a reader that is slow.
///
/// It has more members than most classes: the state of the merged stream is shared by all senders.
class merger : public std::enable_shared_from_this<merger>, private chunk::net::accept_observer {
 public:
  /// Both have to outlive the work of the merger in the context.
  merger(asio::io_context& context, chunk_filter& into, merge_options options);

  /// Accepts senders of `from` until stop().
  void listen(std::shared_ptr<chunk::net::listener> from);

  /// Stops accepting, and passes on only chunks that have arrived whole by now.
  void stop();

  /// Runs until enough chunks were taken, or after stop() until everything is passed on.
  ///
  /// Returns: the status of the tool, from the failures of senders and the status of the sink
  /// Throws:  as the sink
  asio::awaitable<int> run();

 private:
  struct long_chunk;
  struct sender;

  void arrived(const chunk::net::accepted_connection& from) override;
  void refused(const chunk::net::accepted_connection& from, chunk::net::refusal why,
               const chunk::failure& reason) override;
  void accept_failed(const chunk::error& reason) override;
  void changed() override { change_.cancel(); }

  void take(chunk::net::accepted_connection from);
  asio::awaitable<void> serve(chunk::net::accepted_connection from);
  asio::awaitable<void> receive(sender& from);
  asio::awaitable<bool> fill(sender& from);
  asio::awaitable<void> pass_on_received(sender& from, bool ended = false);
  void hold(sender& from, const chunk::fragment& given);
  asio::awaitable<void> pass_on_held(sender& from);
  void pass_on_whole(const chunk::fragment& given, std::span<const std::byte> raw);
  void pass_on_preamble(const chunk::fragment& given, std::span<const std::byte> raw);
  asio::awaitable<void> see_through(std::unique_ptr<chunk::net::transport> link,
                                    std::uint64_t number);
  void note_loss(std::uint64_t number, const chunk::failure& why);

  asio::io_context& context_;
  chunk_filter& into_;
  merge_options options_;
  io::spool_budget budget_;
  std::shared_ptr<io::async_mutex> turns_ = std::make_shared<io::async_mutex>();
  chunk::session::buffer_pool pool_;
  asio::steady_timer change_;                 // cancelled whenever run() may have to end
  bool complained_ = false;                   // since the last connection was accepted
  std::size_t receiving_ = 0;                 // senders that serve() works on
  std::map<std::uint64_t, sender*> senders_;  // by number
  std::uint64_t offset_ = 0;                  // in the merged stream
  std::uint64_t shown_ = 0;                   // of that, by --progress
  int worst_ = 0;                             // status of the senders so far
  bool stopping_ = false;
  chunk::net::acceptor accepting_;
};

}  // namespace tools::recv
