// Requests answered by commands, one that runs for each.
#pragma once

#include "io/async_semaphore.hpp"
#include "io/child.hpp"
#include "serve/log.hpp"

#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/protocol.hpp>
#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tools::serve {

/// Everything given outlives it.
class exec_handler {
 public:
  struct settings {
    std::map<chunk::id, std::string> commands{};
    std::uint64_t jobs = 0;       ///< maximum number of commands that run at the same time
    std::uint64_t max_reply = 0;  ///< bytes of a reply's payload
    const chunk::protocol& rules;
    chunk::framing framing{};   ///< of requests
    bool says_replies = false;  ///< the output is replies in the notation, and not a payload
  };

  exec_handler(asio::io_context& context, log& to, settings how);

  bool knows(const chunk::id& id) const { return how_.commands.contains(id); }

  /// Answers a request by running the command for its ID, which must be known: the output of the
  /// command becomes the payload of the reply, or says each reply in a line. A reply has the fields
  /// of the request unless it has others.
  ///
  /// Throws: std::runtime_error with the reason, for instance a status other than 0
  asio::awaitable<void> answer(const chunk::session::connection_info& from,
                               const chunk::chunk_view& request, chunk::id reply,
                               chunk::session::reply_buffer& out);

 private:
  void append_payload(const chunk::chunk_view& request, const chunk::chunk_view& reply,
                      chunk::session::reply_buffer& out) const;
  void append_lines(const chunk::chunk_view& request, std::string_view lines,
                    chunk::session::reply_buffer& out) const;

  asio::io_context& context_;
  log& log_;
  settings how_;
  chunk::protocol replies_;  // the protocol, for what the server sends
  io::async_semaphore slots_;
};

}  // namespace tools::serve
