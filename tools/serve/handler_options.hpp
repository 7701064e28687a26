// The options of chunk-serve that say what becomes of requests.
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
  std::uint64_t jobs = 64;          // chosen: more than one client may have connections by default
  std::optional<std::string> worker{};
  std::uint64_t workers = 1;
  std::uint64_t worker_depth = 64;  // chosen: enough for few writes, and not too many to lose
  std::uint32_t max_reply = 16 * 1024 * 1024;  // from chunk-serve(1), chosen
  std::optional<std::string> forward{};
  chunk::net::tls_options tls{};  ///< towards the upstream server

  // What complete_handlers() takes from those.
  bool has_protocol = false;  ///< --protocol was given
  std::map<chunk::id, std::string> commands{};
  chunk::net::endpoint upstream{};

  /// Says whether something else than a built-in protocol answers requests.
  bool wanted() const { return !exec.empty() || worker || forward; }

  /// The descriptors that so many connections take.
  std::uint64_t descriptors_for(std::uint64_t connections) const;

  /// How many connections there may be with so many descriptors.
  std::uint64_t connections_within(std::uint64_t descriptors) const;
};

/// Adds them; --script and --protocol are there already.
void add_handler_options(cli::command_line& line, handler_options& out);

/// Takes the texts apart.
///
/// Throws: failure with status usage
void complete_handlers(const cli::command_line& line, handler_options& out);

/// The protocol that requests are checked by: the one of that name, which --protocol has, or none.
///
/// Throws: as cli::choose_protocol()
chunk::protocol rules_of(const handler_options& from, const std::string& name);

/// Adds what is in force of them to the record of the start.
void describe_handlers(const handler_options& from, record& out);

/// The handler that they describe. Everything given outlives it.
std::unique_ptr<handler> make_handler(asio::io_context& context, const handler_options& from,
                                      const chunk::protocol& rules,
                                      const chunk::session::server_options& limits, log& to,
                                      metrics& counts);

}  // namespace tools::serve
