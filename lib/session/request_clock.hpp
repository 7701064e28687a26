// How long a connection waits for a request. Internal to the library.
#pragma once

#include <chunk/session/server.hpp>

#include <chrono>
#include <cstddef>
#include <optional>

namespace chunk::session {

/// The deadlines between two requests, and from the first byte of a request to its last.
class request_clock {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// To be called when a request has arrived whole: the next wait starts from the beginning.
  void restart() noexcept {
    waiting_since_ = {};
    coming_ = false;
  }

  /// Gives the deadline of this wait.
  ///
  /// Shape:   `held` bytes of a request have arrived; `coming`: there are bytes that TLS cannot
  ///          decrypt yet
  /// Returns: idle_timeout after the last answer; once something has begun to come, request_timeout
  ///          and the time that its bytes earn after that. TLS records without request data extend
  ///          neither. `draining_until` takes the place of the first.
  time_point due(std::size_t held, bool coming, const server_options& options,
                 std::optional<time_point> draining_until);

  /// Says whether a part of a request had arrived at the last call of due().
  bool coming() const { return coming_; }

 private:
  time_point waiting_since_{};
  time_point coming_since_{};
  bool coming_ = false;
};

}  // namespace chunk::session
