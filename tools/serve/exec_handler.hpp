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
    std::uint64_t jobs = 0;       ///< so many commands at one time
    std::uint32_t max_reply = 0;  ///< bytes of a reply's payload
  };

  exec_handler(asio::io_context& context, log& to, settings how);

  bool knows(const chunk::id& id) const { return how_.commands.contains(id); }

  /// Answers a request, with an ID that it knows, by what its command prints. The command has to
  /// end with status 0.
  ///
  /// Throws: std::runtime_error which says why it failed
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
