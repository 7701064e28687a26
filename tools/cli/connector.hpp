// Connecting as the options of a tool say.
#pragma once

#include "cli/cli.hpp"

#include <chunk/net/deadline.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace cli {

/// Connects to where --connect says, as often as it is asked to. Until it has succeeded once, it
/// tries again for --retry.
class connector {
 public:
  /// Throws: failure with errc::bad_address; failure with status usage
  connector(asio::io_context& context, const connection_options& options, bool verbose);

  /// Connects, each try within `limit`.
  ///
  /// Throws: as chunk::connect(), the last failure
  asio::awaitable<std::unique_ptr<chunk::transport>> open(chunk::duration limit);

 private:
  asio::io_context& context_;
  chunk::endpoint where_;
  std::shared_ptr<chunk::tls_context> tls_;
  std::optional<chunk::duration> patience_;  // nothing once it has succeeded
  bool verbose_;
};

}  // namespace cli
