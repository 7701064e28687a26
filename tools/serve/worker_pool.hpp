// Answers requests by workers: long-running processes that read requests and write replies.
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
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tools::serve {

/// Keeps a number of workers running. Each request is assigned to the worker that holds the fewest;
/// requests wait while all workers are full. Its arguments have to outlive it.
class worker_pool {
 public:
  struct settings {
    std::string command;
    std::uint64_t count = 1;
    worker::limits each{};
  };

  worker_pool(asio::io_context& context, log& to, settings how);
  ~worker_pool();

  /// Starts the workers. A worker that ends is restarted: at once if it has answered a request, and
  /// otherwise after a pause that grows from 100 ms to 5 s.
  ///
  /// If a worker cannot be started at all, and none has ever answered a request, `give_up` is
  /// called with the reason, and no worker is started again.
  void start(std::function<void(const std::string&)> give_up);

  /// Answers a request by the reply of a worker. A request is not sent to a second worker if a part
  /// of it was written to the first one.
  ///
  /// Throws: the work std::runtime_error which says why it failed
  asio::awaitable<void> answer(const chunk::session::connection_info& from,
                               const chunk::chunk_view& request, chunk::session::reply_buffer& out);

  /// Gives a worker a further request of a connection, as chunk::session::handler::answer_ahead()
  /// has it, if it holds the one before: no other would answer them one after the other.
  std::optional<asio::awaitable<void>> answer_ahead(const chunk::session::connection_info& from,
                                                    const chunk::chunk_view& request,
                                                    chunk::session::reply_buffer& out);

  /// Closes the standard input of all workers, and kills those that are still running a second
  /// later.
  asio::awaitable<void> stop();

 private:
  struct place;
  class queued_request;

  asio::awaitable<void> keep_running(place& at);
  asio::awaitable<void> run(place& at);
  void report_end(const place& at, const std::string& problem, bool unstarted);
  asio::awaitable<void> wait_for_reply(std::unique_ptr<queued_request> one);
  worker* least_loaded(std::size_t size) const;
  void give_out();

  asio::io_context& context_;
  log& log_;
  settings how_;
  std::vector<std::unique_ptr<place>> places_;
  std::list<pending_request*> waiting_;  // requests without a worker
  queued_request* latest_ = nullptr;     // the last request that came, while it exists
  std::size_t kept_ = 0;                 // places whose worker is running or will be restarted
  bool stopping_ = false;
  bool proven_ = false;  // a worker has answered a request
  std::function<void(const std::string&)> give_up_;
  std::optional<std::string> hopeless_;  // why no worker is started any more
  asio::steady_timer change_;            // cancelled whenever kept_ decreases
};

}  // namespace tools::serve
