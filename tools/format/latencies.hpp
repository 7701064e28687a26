// The time between each request and its reply.
#pragma once

#include <chunk/id.hpp>
#include <chunk/net/duration.hpp>
#include <chunk/protocol.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace tools::format {

/// Pairs the replies of one connection with its requests in order, since replies keep the order of
/// requests. If the protocol defines requests and replies, other chunks do not count.
///
/// A chunk of the server while no request is open has no latency.
class latencies {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The protocol has to outlive this.
  explicit latencies(const chunk::protocol& rules);

  /// To be called when a chunk of the client begins.
  void request_begins(const chunk::id& id);

  /// To be called when that chunk is whole, at `when`.
  void request_ends(const chunk::id& id, time_point when);

  /// Gives the time since its request, for a chunk of the server that was whole at `when`.
  std::optional<chunk::net::duration> reply_ends(const chunk::id& id, time_point when);

 private:
  struct request {
    std::uint64_t number = 0;
    std::optional<time_point> whole;
  };

  bool asks(const chunk::id& id) const;
  bool answers(const chunk::id& id) const;

  const chunk::protocol& rules_;
  bool knows_requests_ = false;
  bool knows_replies_ = false;
  std::uint64_t requests_ = 0;
  std::uint64_t replies_ = 0;
  std::deque<request> open_;
};

}  // namespace tools::format
