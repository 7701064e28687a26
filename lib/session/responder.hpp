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

/// Takes requests from a connection, passes them to the handler, and holds the replies until they
/// are written. It never waits, but says what to wait for.
class responder {
 public:
  /// The event to wait for before continuing.
  enum class need {
    input,    ///< more of a request
    output,   ///< replies can be written by flush_at_once()
    handler,  ///< the work given by next_work()
  };

  /// Its arguments have to outlive it.
  responder(connection_info& about, net::transport& link, handler& by,
            const server_options& options, buffer_pool& pool);

  /// Answers the requests received, most of them without a coroutine.
  need answer_received();

  /// Says whether there are requests that could not be answered at once.
  bool has_work() const { return pipeline_ && !pipeline_->under_way.empty(); }

  /// Gives the work for the oldest of these requests, which adds its reply.
  asio::awaitable<void> next_work();

  /// Writes replies without waiting. Returns: whether all of them were written
  bool flush_at_once();

  /// Reads without waiting. Without `in_any_case` only if there are probably bytes to read.
  ///
  /// Returns: true if it has read bytes, false at the end of the stream or after a fault,
  ///          nullopt if there are no bytes yet
  std::optional<bool> read(bool in_any_case);

  /// To be called when there is something to read.
  void set_readable() noexcept { worth_a_try_ = true; }

  /// Abandons the requests in progress, since no reply may follow one that is missing.
  void abandon() noexcept { pipeline_.reset(); }

  /// Removes a partial reply to a request that is not done.
  void drop_unfinished() noexcept { replies_.truncate(complete_); }

  /// Frees memory while there is nothing to do.
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

  /// State that is needed only while waiting for the handler.
  struct pipeline {
    std::deque<begun> under_way{};         // in the order of the requests
    std::optional<chunk_view> put_back{};  // the next request, if it was taken and not begun
  };

  bool next_chunk(fragment& out);
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
  std::size_t sent_ = 0;      // bytes of the replies that were written
  std::size_t complete_ = 0;  // bytes of the replies to requests that are done
  bool worth_a_try_ = true;   // whether there are probably bytes to read
};

}  // namespace chunk::session
