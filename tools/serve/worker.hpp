// One worker: a process that reads requests and writes the replies to them, in the same order.
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

/// A request on its way to its reply. It, what it borrows and whoever waits for it may go at any
/// time, once the worker that holds it has been told by give_up().
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
  worker* by = nullptr;  ///< holds it
  bool follows = false;  ///< another one of its connection, which was not answered by then
  bool awaited = false;  ///< its turn on its connection has come
  bool settled = false;
  std::string problem;        ///< why there is no reply
  asio::steady_timer change;  ///< cancelled when it is settled
};

/// Pipelines requests to one process: they are gathered into few writes, and it may hold several.
/// Replies are told apart by their order alone.
class worker {
 public:
  struct limits {
    std::size_t depth = 1;            ///< requests that it may hold
    std::uint32_t max_reply = 0;      ///< bytes of a reply's payload
    chunk::net::duration patience{};  ///< for the reply to a request that nobody waits for any more
    chunk::framing framing{};         ///< of requests and replies
  };

  /// `has_room` is called whenever it has got room, or `log` anything to tell. All outlives it.
  ///
  /// Throws: local_failure when it cannot be started
  worker(asio::io_context& context, log& to, const std::string& command, std::uint64_t number,
         limits how, std::function<void()> has_room);

  /// Says whether it takes a further request, of so many bytes on the wire.
  bool has_room(std::size_t size) const;

  /// Says whether its last reply was so long that those to one client should not gather here.
  bool is_verbose() const;

  /// How many requests it holds.
  std::size_t load() const { return held_.size(); }

  /// How many it has answered.
  std::uint64_t answered() const { return answered_; }

  /// Takes a request, whose bytes are copied. It is settled when the reply is in its `out`, or when
  /// the worker has failed.
  void take(pending_request& one);

  /// Forgets whoever waits for a request. If that is the one that the process is at, and its turn
  /// had come, it has taken too long, and the process is killed. Before its turn only the client is
  /// gone, which is no fault of the process and must not harm other clients.
  void give_up(const pending_request& one);

  /// Works until the process has ended, and tells how it did. Every request that the process may
  /// have seen is settled then.
  asio::awaitable<io::child_end> run();

  /// Takes away the requests that the process has surely not seen, and that another one may be
  /// given; the rest of them is settled.
  std::vector<pending_request*> take_back();

  void end_input() noexcept { process_.end_input(); }
  void kill() noexcept;

 private:
  struct entry {
    pending_request* whose;  // null: nobody waits for it any more
    std::uint64_t begin;     // where it begins in all that is written to the process
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
  std::size_t held_bytes_ = 0;  // of the requests
  std::vector<std::byte> unwritten_;
  std::size_t unwritten_begin_ = 0;
  std::uint64_t taken_ = 0;    // bytes of all requests so far
  std::uint64_t written_ = 0;  // of those, bytes that the process was given
  std::vector<std::byte> read_;
  std::size_t read_size_ = 0;
  std::size_t last_size_ = 0;  // of a reply
  std::uint64_t answered_ = 0;
  bool closed_ = false;  // the process reads no more
  bool killed_ = false;
  asio::steady_timer more_;  // cancelled when there is something to write, or never will be
  chunk::net::deadline_timer alarm_;
};

}  // namespace tools::serve
