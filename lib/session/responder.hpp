// Answering the requests of one connection, in order. Internal to the library.
#pragma once

#include <chunk/framing.hpp>
#include <chunk/session/chunk_reader.hpp>
#include <chunk/session/reply_buffer.hpp>
#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace chunk::session {

/// Takes requests from a connection, gives them to the handler, and holds the replies until the
/// client takes them. It never waits: it says what has to be waited for.
class responder {
 public:
  /// What has to be waited for before there is more to do.
  enum class need {
    input,    ///< more of a request
    output,   ///< the client takes replies, by flush_at_once()
    handler,  ///< the work that next_work() gives
  };

  /// All given outlives it.
  responder(connection_info& about, net::transport& link, handler& by,
            const server_options& options, buffer_pool& pool);

  /// Answers what was received. Most requests thus cost no coroutine of their own.
  need answer_received();

  /// Says whether there are requests that could not be answered at once.
  bool has_work() const { return pipeline_ && !pipeline_->under_way.empty(); }

  /// Gives the work for the oldest of them. What it adds to the replies is its own reply.
  asio::awaitable<void> next_work();

  /// Sends what the client takes at once. True: that was everything.
  bool flush_at_once();

  /// Reads without waiting, if that is worth a try or is to be done `in_any_case`. True: got bytes.
  /// False: end or broken. nullopt: would block.
  std::optional<bool> read(bool in_any_case);

  /// There is something to read.
  void set_readable() noexcept { worth_a_try_ = true; }

  /// Gives up the requests that are under way: no reply may come behind one that is missing.
  void abandon() noexcept { pipeline_.reset(); }

  /// Forgets what was added to the replies for a request that is not done.
  void drop_unfinished() noexcept { replies_.truncate(complete_); }

  /// Gives memory back while there is nothing to do.
  void release() noexcept;

  const chunk_reader& reader() const { return reader_; }
  chunk_reader& reader() { return reader_; }

  bool has_unsent() const { return !replies_.bytes().empty(); }

 private:
  /// A request that is being answered.
  struct begun {
    chunk::id id;
    asio::awaitable<void> work;
  };

  /// What only a connection needs that waits for the handler.
  struct pipeline {
    std::deque<begun> under_way{};         // in the order of the requests
    std::optional<chunk_view> put_back{};  // the next request, if it was taken and not begun
  };

  bool next_request();
  void begin_ahead();

  connection_info& about_;
  net::transport& link_;
  handler& by_;
  const server_options& options_;
  chunk_reader reader_;
  chunk_view request_{};  // being answered; the handler's work may refer to it
  std::unique_ptr<pipeline> pipeline_;
  reply_buffer replies_;
  std::size_t sent_ = 0;      // bytes of the replies that the client has taken
  std::size_t complete_ = 0;  // bytes of the replies to requests that are done
  bool worth_a_try_ = true;   // to read
};

}  // namespace chunk::session
