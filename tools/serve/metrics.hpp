// The metrics of a server, in the format of Prometheus. The only I/O here is to count the open
// descriptors.
#pragma once

#include <chunk/id.hpp>
#include <chunk/protocol.hpp>
#include <chunk/session/server.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tools::serve {

/// Counters of one server.
class metrics {
 public:
  /// Requests are counted by ID if `rules` defines the ID as a request, and otherwise together.
  explicit metrics(const chunk::protocol& rules);

  void count_request(const chunk::id& id);
  void count_latency(std::chrono::steady_clock::duration taken);
  void count_end(chunk::session::close_reason why) { ++closed_[why]; }
  void count_refusal(chunk::session::close_reason why) { ++refused_[why]; }
  void count_accept_failure() { ++accept_failures_; }

  /// Gives everything in the Prometheus text format, version 0.0.4.
  std::string to_text(const chunk::session::server_counts& server) const;

  /// Gives everything as pairs of names, with their labels, and values. Empty buckets of the
  /// histogram are omitted.
  std::vector<std::pair<std::string, std::uint64_t>> to_pairs(
      const chunk::session::server_counts& server) const;

 private:
  // In seconds. Chosen: from the time of a computation to the default limit of a handler.
  static constexpr std::array<double, 11> bounds{0.00001, 0.0001, 0.001, 0.005, 0.025, 0.1,
                                                 0.5,     1,      5,     15,    60};

  struct counted {
    chunk::id id;
    std::uint64_t count = 0;
  };

  std::vector<counted> requests_;
  std::uint64_t other_requests_ = 0;
  std::map<chunk::session::close_reason, std::uint64_t> closed_;
  std::map<chunk::session::close_reason, std::uint64_t> refused_;
  std::uint64_t accept_failures_ = 0;
  std::array<std::uint64_t, bounds.size() + 1> latencies_{};  // the last one: above all bounds
  std::chrono::steady_clock::duration latency_sum_{};
};

}  // namespace tools::serve
