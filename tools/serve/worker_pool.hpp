// Requests answered by workers: long-lived processes that read requests and write replies.
#pragma once

#include "serve/log.hpp"
#include "serve/worker.hpp"

#include <chunk/framing.hpp>
#include <chunk/session/reply_buffer.hpp>
#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tools::serve {

/// Keeps so many workers running. Each request goes to the one that holds the fewest, and those
/// that come when all are full wait their turn. Everything given outlives it.
class worker_pool {
 public:
  struct settings {
    std::string command;
    std::uint64_t count = 1;
    worker::limits each{};
  };

  worker_pool(asio::io_context& context, log& to, settings how);
  ~worker_pool();

  /// Starts the workers. One that ends is started again: at once if it has answered a request, and
  /// otherwise after a pause that grows from 100 ms to 5 s.
  void start();

  /// Answers a request by the reply that a worker writes. No request is given to a second worker
  /// once the first may have seen some of it.
  ///
  /// Throws: the work std::runtime_error which says why it failed
  asio::awaitable<void> answer(const chunk::session::connection_info& from,
                               const chunk::chunk_view& request, chunk::session::reply_buffer& out);

  /// Gives a worker a further request of a connection, as chunk::session::handler::answer_ahead()
  /// has it, if it holds the one before: no other would answer them one after the other.
  std::optional<asio::awaitable<void>> answer_ahead(const chunk::session::connection_info& from,
                                                    const chunk::chunk_view& request,
                                                    chunk::session::reply_buffer& out);

  /// Ends the standard input of all workers, and kills those that have not ended a second later.
  asio::awaitable<void> stop();

 private:
  struct place;
  class turn;

  asio::awaitable<void> keep_running(place& at);
  asio::awaitable<void> run(place& at);
  asio::awaitable<void> see_through(std::unique_ptr<turn> one);
  worker* least_loaded(std::size_t size) const;
  void give_out();

  asio::io_context& context_;
  log& log_;
  settings how_;
  std::vector<std::unique_ptr<place>> places_;
  std::list<pending_request*> waiting_;  // for a worker that has room
  turn* latest_ = nullptr;               // of those that are not over, the one that came last
  std::size_t kept_ = 0;                 // places whose worker runs, or will again
  bool stopping_ = false;
  asio::steady_timer change_;  // cancelled whenever one of those is given up
};

}  // namespace tools::serve
