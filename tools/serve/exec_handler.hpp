// Requests answered by commands, one that runs for each.
#pragma once

#include "io/async_semaphore.hpp"
#include "io/child.hpp"
#include "serve/log.hpp"

#include <chunk/id.hpp>
#include <chunk/session/server.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace tools::serve {

/// Everything given outlives it.
class exec_handler {
 public:
  struct settings {
    std::map<chunk::id, std::string> commands{};
    std::uint64_t jobs = 0;       ///< maximum number of commands that run at the same time
    std::uint64_t max_reply = 0;  ///< bytes of a reply's payload
    chunk::framing framing{};     ///< of requests and replies
  };

  exec_handler(asio::io_context& context, log& to, settings how);

  bool knows(const chunk::id& id) const { return how_.commands.contains(id); }

  /// Answers a request by running the command for its ID, which must be known: the output of the
  /// command becomes the payload of the reply, which has the fields of the request.
  ///
  /// Throws: std::runtime_error with the reason, for instance a status other than 0
  asio::awaitable<void> answer(const chunk::session::connection_info& from,
                               const chunk::chunk_view& request, chunk::id reply,
                               chunk::session::reply_buffer& out);

 private:
  asio::io_context& context_;
  log& log_;
  settings how_;
  io::async_semaphore slots_;
};

}  // namespace tools::serve
