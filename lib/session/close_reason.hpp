// Determines why a connection of a server ends, from its failure. Internal to the library.
#pragma once

#include <chunk/session/server.hpp>

#include <exception>
#include <string>

namespace chunk::session {

/// The reason and the details reported at the end of a connection.
struct closure {
  close_reason why = close_reason::ended;
  std::string detail{};
};

/// Removes the name of the transport, which is reported separately, from the front of a message.
std::string without_subject(std::string text, const std::string& name);

/// Gives the reason that a failure of a connection stands for. `between_requests`: no request has
/// begun, and no reply is unsent.
closure judge(const std::exception_ptr& problem, const std::string& name, bool between_requests);

}  // namespace chunk::session
