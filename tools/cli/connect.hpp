// Reaching the peer that the options name: connecting, or listening for one connection.
#pragma once

#include "cli/options.hpp"

#include <chunk/net/duration.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/listener.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <memory>
#include <optional>
#include <string>

namespace tools::cli {

/// Connects to --connect, or accepts one connection at --listen, within --timeout. Connecting is
/// retried for as long as --retry says. The socket file of --listen is removed on return.
asio::awaitable<std::unique_ptr<chunk::net::transport>> reach_peer(
    asio::io_context& context, const connection_options& options, bool verbose);

/// The peer's address, followed by its user and process where the kernel knows them.
std::string show_peer(const chunk::net::transport& link);

/// Reads the address of a server that is connected to once for each client. `option` goes before
/// the address in the message, as in "--forward: ".
///
/// Throws: failure with errc::bad_address; failure with status usage for an address that can be
///         connected to only once
chunk::net::endpoint parse_upstream(const std::string& text, const std::string& option = {});

/// Reads an address. A descriptor has to be one that was passed to the tool, not one that it has
/// opened itself.
///
/// Throws: failure with errc::bad_address; failure with the system's code for a descriptor
chunk::net::endpoint read_address(const std::string& text);

/// Writes an address, as parse_endpoint() reads it, and a line feed to `descriptor`, unless it is
/// negative.
void announce_ready(int descriptor, const chunk::net::endpoint& where);

/// What else a tool writes to standard output once it listens.
enum class later_output { some, none };

/// Closes the descriptor of --ready-fd, so that whoever reads it sees the end. A standard stream
/// that is still written to stays open: standard error, and standard output with some later output.
void end_ready(int descriptor, later_output later);

/// Listens on --listen. announce_listening() comes next, once a signal would remove the socket
/// file.
///
/// Throws: as read_address(), parse_mode(), server_tls() and chunk::net::listener
std::shared_ptr<chunk::net::listener> open_listener(asio::io_context& context,
                                                    const connection_options& options);

/// Tells that a tool listens on `where`, and on nothing else: with --verbose on standard error, and
/// with --ready-fd as announce_ready() and end_ready() do.
void announce_listening(const chunk::net::endpoint& where, int descriptor, bool verbose,
                        later_output later = later_output::some);

/// Connects to --connect any number of times. Only the first connection is retried for as long as
/// --retry says.
class connector {
 public:
  /// Throws: failure with errc::bad_address; failure with status usage
  connector(asio::io_context& context, const connection_options& options, bool verbose);

  /// Connects, each try within `limit`.
  ///
  /// Throws: as chunk::net::connect(), the last failure
  asio::awaitable<std::unique_ptr<chunk::net::transport>> open(chunk::net::duration limit);

 private:
  asio::io_context& context_;
  chunk::net::endpoint where_;
  std::shared_ptr<chunk::net::tls_context> tls_;
  std::optional<chunk::net::duration> patience_;  // --retry; nullopt once it has connected
  bool keep_alive_;
  bool verbose_;
};

}  // namespace tools::cli
