// The built-in protocols that chunk-serve answers itself.
#pragma once

#include "serve/handler.hpp"

#include <chunk/net/deadline.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace tools::serve {

/// What a handler of a built-in protocol is told.
struct built_in_settings {
  chunk::net::duration longest_answer{};  ///< that a request may ask for
  bool allow_shutdown = false;        ///< stop the server for others than clients of a Unix socket
  std::function<void()> shut_down{};  ///< stops the server once what asked for it is answered
};

/// A protocol of chunk::find_protocol(), and what answers its requests.
struct built_in {
  std::string_view protocol;
  std::unique_ptr<handler> (*make)(built_in_settings how);
  /// How much longer than longest_answer the server waits for an answer.
  chunk::net::duration grace{};
};

/// All of them. The first is served unless another is asked for.
std::span<const built_in> all_built_in();

/// The one of that name.
///
/// Throws: failure with status usage where there is none
const built_in& find_built_in(std::string_view protocol);

}  // namespace tools::serve
