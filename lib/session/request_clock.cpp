#include "request_clock.hpp"

namespace chunk::session {

request_clock::time_point request_clock::due(std::size_t held, bool coming,
                                             const server_options& options,
                                             std::optional<time_point> draining_until) {
  const auto now = std::chrono::steady_clock::now();
  if (waiting_since_ == time_point{}) waiting_since_ = now;
  if (coming && !coming_) coming_since_ = now;
  coming_ = coming;
  if (coming_) {
    const auto earned = net::duration(std::chrono::seconds(1)) * held / options.least_rate;
    return coming_since_ + options.request_timeout + earned;
  }
  return draining_until.value_or(waiting_since_ + options.idle_timeout);
}

}  // namespace chunk::session
