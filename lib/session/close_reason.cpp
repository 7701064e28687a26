#include "close_reason.hpp"

#include <exception>
#include <new>
#include <system_error>
#include <utility>

namespace chunk::session {
namespace {

close_reason reason_of(const failure& problem, bool between_requests) {
  if (const auto* const known = dynamic_cast<const close_error*>(&problem)) return known->why();
  const auto& code = problem.code();
  const bool is_local = dynamic_cast<const local_failure*>(&problem) != nullptr;
  if (is_local && code != std::errc::broken_pipe) return close_reason::local_failed;
  if (code == errc::violation) return close_reason::violation;
  if (code == std::errc::permission_denied) return close_reason::denied;
  if (code == errc::too_large) return close_reason::too_large;
  if (code == errc::truncated) return close_reason::truncated;
  if (code == std::errc::connection_reset && between_requests) return close_reason::reset;
  return close_reason::lost;
}

}  // namespace

std::string_view to_text(close_reason why) {
  switch (why) {
    case close_reason::ended: return "ended";
    case close_reason::drained: return "drained";
    case close_reason::cut: return "cut";
    case close_reason::reset: return "reset";
    case close_reason::idle: return "idle";
    case close_reason::request_slow: return "request-slow";
    case close_reason::handshake_slow: return "handshake-slow";
    case close_reason::handshake_failed: return "handshake-failed";
    case close_reason::violation: return "violation";
    case close_reason::denied: return "denied";
    case close_reason::too_large: return "too-large";
    case close_reason::truncated: return "truncated";
    case close_reason::lost: return "lost";
    case close_reason::write_stalled: return "write-stalled";
    case close_reason::handler_timeout: return "handler-timeout";
    case close_reason::over_capacity: return "over-capacity";
    case close_reason::failed: return "failed";
    case close_reason::local_failed: return "local-failed";
  }
  return "unknown";
}

close_error::~close_error() = default;

std::string without_subject(std::string text, const std::string& name) {
  const auto subject = name + ": ";
  if (text.starts_with(subject)) text.erase(0, subject.size());
  return text;
}

closure judge(const std::exception_ptr& problem, const std::string& name, bool between_requests) {
  try {
    std::rethrow_exception(problem);
  } catch (const failure& reason) {
    const auto why = reason_of(reason, between_requests);
    // Of a local failure the subject tells whether it is of input or of output.
    if (why == close_reason::local_failed) return {why, reason.what()};
    return {why, without_subject(reason.what(), name)};
  } catch (const std::bad_alloc&) {
    return {close_reason::failed, "out of memory"};  // short enough to need no memory itself
  } catch (const std::exception& reason) {
    return {close_reason::failed, reason.what()};
  }
}

}  // namespace chunk::session
