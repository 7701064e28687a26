// Why a connection of a server ends, as its failures tell. Internal to the library.
#pragma once

#include <chunk/session/server.hpp>

#include <exception>
#include <string>

namespace chunk::session {

/// What is put on record at the end of a connection.
struct closure {
  close_reason why = close_reason::ended;
  std::string detail{};
};

/// Removes the name of the transport, which the record tells anyway, from the front of a message.
std::string without_subject(std::string text, const std::string& name);

/// Tells what a failure while a connection is served means for it. `between_requests`: no request
/// has begun to come, and no reply is unsent.
closure judge(const std::exception_ptr& problem, const std::string& name, bool between_requests);

}  // namespace chunk::session
