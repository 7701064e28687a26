// One worker: a process that reads requests, and writes replies in the order of the requests.
#pragma once

#include "io/child.hpp"
#include "serve/log.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/session/reply_buffer.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tools::serve {

class worker;

/// A request that waits for its reply. It borrows `asked` and `to`. It may be destroyed at any
/// time, after give_up() was called for the worker that holds it.
struct pending_request {
  pending_request(asio::io_context& context, const chunk::chunk_view& asked,
                  chunk::session::reply_buffer& to)
      : request(asked), out(to), change(context, asio::steady_timer::time_point::max()) {}

  void settle(const std::string& why_not = {}) {
    by = nullptr;
    settled = true;
    problem = why_not;
    change.cancel();
  }

  chunk::chunk_view request;
  chunk::session::reply_buffer& out;
  worker* by = nullptr;  ///< the worker that holds it
  bool follows = false;  ///< an earlier request of its connection was unanswered when it was added
  bool awaited = false;  ///< all earlier requests of its connection are answered
  bool settled = false;
  std::string problem;        ///< why it has no reply; empty if it has one
  asio::steady_timer change;  ///< cancelled when it is settled
};

/// Pipelines requests to one process: it may hold several requests, which are written together.
/// Replies are matched to requests by their order alone.
///
/// It has more members than most classes: writing and reading run at the same time, and each keeps
/// its own buffer and position.
class worker {
 public:
  struct limits {
    std::size_t depth = 1;            ///< requests that it may hold
    std::uint64_t max_reply = 0;      ///< bytes of payload in a reply
    chunk::net::duration patience{};  ///< time for a request that nobody waits for any more
    chunk::framing framing{};         ///< of requests and replies
  };

  /// Calls `has_room` whenever it can take another request. Its arguments have to outlive it.
  ///
  /// Throws: local_failure if the process cannot be started
  worker(asio::io_context& context, log& to, const std::string& command, std::uint64_t number,
         limits how, std::function<void()> has_room);

  /// Says whether it can take another request, whose encoding has `size` bytes.
  bool has_room(std::size_t size) const;

  /// Says whether its last reply was long. Requests of one connection are then not pipelined, since
  /// their replies would accumulate in memory.
  bool has_long_replies() const;

  /// The number of requests that it holds.
  std::size_t load() const { return held_.size(); }

  /// The number of requests that it has answered.
  std::uint64_t answered() const { return answered_; }

  /// Takes a request and copies its bytes. The request is settled when its reply is in `out`, or
  /// when the worker has failed.
  void take(pending_request& one);

  /// To be called when nobody waits for the reply to a request any more. If the process is working
  /// on that request and its time has begun, the request has taken too long, and the process is
  /// killed. If its time has not begun, only the client has disconnected; the process continues,
  /// since killing it would affect other clients.
  void give_up(const pending_request& one);

  /// Runs until the process has ended, and gives its status. Every request of which a part was
  /// written to the process is settled then.
  asio::awaitable<io::child_end> run();

  /// Removes and gives the requests of which nothing was written to the process, and which can be
  /// sent to another worker. Settles those that cannot.
  std::vector<pending_request*> take_back();

  void end_input() noexcept { process_.end_input(); }
  void kill() noexcept;

 private:
  struct entry {
    pending_request* whose;  // null: nobody waits for the reply any more
    std::uint64_t begin;     // its position in the stream to the process
    std::size_t size;
  };

  asio::awaitable<void> write_requests();
  asio::awaitable<void> read_replies();
  bool write_some();
  void deliver();
  void answer_first(const chunk::chunk_view& reply);
  void watch_first();
  void report_stray();
  void fail(const std::string& why);
  bool has_begun(std::size_t which) const;

  log& log_;
  limits how_;
  std::uint64_t number_;
  std::function<void()> on_room_;
  io::child process_;
  std::deque<entry> held_;      // in the order of their replies
  std::size_t held_bytes_ = 0;  // total size of these requests
  std::vector<std::byte> unwritten_;
  std::size_t unwritten_begin_ = 0;
  std::uint64_t taken_ = 0;    // bytes of all requests so far
  std::uint64_t written_ = 0;  // bytes of those that were written to the process
  std::vector<std::byte> read_;
  std::size_t read_size_ = 0;
  std::size_t last_size_ = 0;  // bytes of payload in the last reply
  std::uint64_t answered_ = 0;
  bool closed_ = false;  // the process has closed its standard input
  bool killed_ = false;
  asio::steady_timer more_;  // cancelled when there is something to write, or it was killed
  chunk::net::deadline_timer deadline_;
};

}  // namespace tools::serve
