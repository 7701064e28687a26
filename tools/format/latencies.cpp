#include "format/latencies.hpp"

#include <algorithm>

namespace tools::format {
namespace {

/// The most requests that wait for a reply; further ones have no latency. Chosen: more are rare.
constexpr std::size_t most_open = 64 * 1024;

}  // namespace

latencies::latencies(const chunk::protocol& rules)
    : rules_(rules),
      knows_requests_(std::ranges::any_of(rules.rules, &chunk::rule::request)),
      knows_replies_(std::ranges::any_of(rules.rules, &chunk::rule::reply)) {}

bool latencies::asks(const chunk::id& id) const {
  if (!knows_requests_) return true;
  const auto* const known = rules_.find(id);
  return known && known->request;
}

bool latencies::answers(const chunk::id& id) const {
  if (!knows_replies_) return true;
  const auto* const known = rules_.find(id);
  return known && known->reply;
}

void latencies::request_begins(const chunk::id& id) {
  if (!asks(id)) return;
  ++requests_;
  if (open_.size() < most_open) open_.push_back({requests_, std::nullopt});
}

void latencies::request_ends(const chunk::id& id, time_point when) {
  if (!asks(id) || open_.empty() || open_.back().number != requests_) return;
  open_.back().whole = when;
}

std::optional<chunk::net::duration> latencies::reply_ends(const chunk::id& id, time_point when) {
  if (!answers(id) || replies_ == requests_) return std::nullopt;
  ++replies_;
  if (open_.empty() || open_.front().number != replies_) return std::nullopt;
  const auto asked = open_.front().whole;
  open_.pop_front();
  if (!asked) return std::nullopt;
  return when - *asked;
}

}  // namespace tools::format
