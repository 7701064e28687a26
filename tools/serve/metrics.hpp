// What a server counts of its work, as Prometheus reads it. No I/O happens here but asking the
// system for the descriptors in use.
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
  /// Requests are counted by those IDs that `rules` knows as requests, and others together.
  explicit metrics(const chunk::protocol& rules);

  void count_request(const chunk::id& id);
  void count_latency(std::chrono::steady_clock::duration taken);
  void count_end(chunk::session::close_reason why) { ++closed_[why]; }
  void count_refusal(chunk::session::close_reason why) { ++refused_[why]; }
  void count_accept_failure() { ++accept_failures_; }

  /// Shows everything in the Prometheus text format, version 0.0.4.
  std::string to_text(const chunk::session::server_counts& server) const;

  /// Shows the same as names with labels, and values, without the histogram's buckets that are
  /// empty.
  std::vector<std::pair<std::string, std::uint64_t>> to_pairs(
      const chunk::session::server_counts& server) const;

 private:
  // Chosen: from what a computation takes to what a handler may take.
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
  std::array<std::uint64_t, bounds.size() + 1> latencies_{};  // the last: above all bounds
  std::chrono::steady_clock::duration latency_sum_{};
};

}  // namespace tools::serve
