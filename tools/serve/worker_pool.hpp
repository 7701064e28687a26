// Requests answered by workers: long-lived processes that read requests and write replies.
#pragma once

#include "serve/log.hpp"
#include "serve/stock.hpp"

#include <chunk/codec.hpp>
#include <chunk/deadline.hpp>
#include <chunk/replies.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace serve {

/// Keeps so many workers running. Each handles one request at a time, and those that come when all
/// are at work wait their turn. Everything given outlives it.
class worker_pool {
 public:
  struct settings {
    std::string command;
    std::uint64_t count = 1;
    std::uint32_t max_reply = 0;  ///< bytes of a reply's payload
  };

  worker_pool(asio::io_context& context, log& to, settings how);
  ~worker_pool();

  /// Starts the workers. One that ends is started again: at once if it has answered a request, and
  /// otherwise after a pause that grows from 100 ms to 5 s.
  void start();

  /// Answers a request by the reply that a worker writes. A worker that fails, or whose request is
  /// given up, is ended, since what it writes next would be taken for another reply.
  ///
  /// Throws: std::runtime_error which says why it failed
  asio::awaitable<void> answer(const chunk::view& request, chunk::replies& out);

  /// Ends the standard input of all workers, and kills those that have not ended a second later.
  asio::awaitable<void> stop();

 private:
  struct worker;
  struct place;
  class errand;

  asio::awaitable<void> keep_running(place& at);
  asio::awaitable<void> run(place& at);

  asio::io_context& context_;
  log& log_;
  settings how_;
  stock<std::shared_ptr<worker>> idle_;
  std::vector<std::unique_ptr<place>> places_;
  std::size_t kept_ = 0;  // places whose worker runs, or will again
  bool stopping_ = false;
  asio::steady_timer change_;  // cancelled whenever one of those is given up
};

}  // namespace serve
