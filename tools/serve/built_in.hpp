// The built-in protocols that chunk-serve answers itself.
#pragma once

#include "serve/handler.hpp"

#include <chunk/net/deadline.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace tools::serve {

/// The settings of a handler of a built-in protocol.
struct built_in_settings {
  chunk::net::duration longest_answer{};  ///< the longest time that a request may ask for
  bool allow_shutdown = false;            ///< by clients of other than Unix sockets
  std::function<void()> shut_down{};      ///< stops the server after the reply
};

/// A protocol that chunk::find_protocol() knows, and the handler of its requests.
struct built_in {
  std::string_view protocol;
  std::unique_ptr<handler> (*make)(built_in_settings how);
  /// The server waits this much longer than longest_answer for a reply.
  chunk::net::duration grace{};
};

/// All built-in protocols with a handler. The first is the default of --protocol.
std::span<const built_in> all_built_in();

/// Finds a built-in protocol by its name.
///
/// Throws: failure with status usage if it has no handler
const built_in& find_built_in(std::string_view protocol);

}  // namespace tools::serve
