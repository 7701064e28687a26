// The options of chunk-serve that say how requests are answered.
#pragma once

#include "serve/handler.hpp"
#include "serve/log.hpp"
#include "serve/metrics.hpp"

#include <chunk/id.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/protocol.hpp>
#include <chunk/session/server.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tools::cli {
class command_line;
}

namespace tools::serve {

struct handler_options {
  std::vector<std::string> exec{};  ///< ID=COMMAND
  std::string exec_reply = "payload";
  std::uint64_t jobs = 64;  // chosen: more than the default of --max-per-peer
  std::optional<std::string> worker{};
  std::uint64_t workers = 1;
  std::uint64_t worker_depth = 64;  // chosen: few writes, and few requests to lose with a worker
  std::uint64_t max_reply = 16 * 1024 * 1024;  // chosen, chunk-serve(1)
  std::optional<std::string> forward{};
  chunk::net::tls_options tls{};  ///< for connections to the server of --forward

  // Set by complete_handlers().
  std::map<chunk::id, std::string> commands{};
  chunk::net::endpoint upstream{};

  /// Says whether something else than a built-in protocol answers requests.
  bool wanted() const { return !exec.empty() || worker || forward; }

  /// The number of descriptors that `connections` connections need.
  std::uint64_t descriptors_for(std::uint64_t connections) const;

  /// The number of connections that `descriptors` descriptors suffice for.
  std::uint64_t connections_within(std::uint64_t descriptors) const;
};

/// Adds the options. --script and --protocol must have been added before.
void add_handler_options(cli::command_line& line, handler_options& out);

/// Remarks on commands for IDs that the protocol does not have, where it has one that is probably
/// meant.
void remark_unknown_ids(const handler_options& from, const chunk::protocol& rules);

/// Parses the values that need more than one option. `rules` are those of the requests.
///
/// Throws: failure with status usage
void complete_handlers(const cli::command_line& line, const chunk::protocol& rules,
                       handler_options& out);

/// Adds the options in use to the first record of the log.
void describe_handlers(const handler_options& from, record& out);

/// Makes the handler that the options describe. All arguments must outlive it.
std::unique_ptr<handler> make_handler(asio::io_context& context, const handler_options& from,
                                      const chunk::protocol& rules,
                                      const chunk::session::server_options& limits, log& to,
                                      metrics& counts);

}  // namespace tools::serve
