#include "serve/metrics.hpp"

#include "io/descriptors.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace tools::serve {
namespace {

/// Writes metrics: the help and the type of each one, and then its samples.
class page {
 public:
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(to(), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }

  void sample(std::uint64_t value) { fmt::format_to(to(), "{} {}\n", name_, value); }

  /// Labels need no escapes: IDs are already escaped, quotation marks and backslashes included.
  void sample(std::string_view label, std::string_view of, std::uint64_t value) {
    fmt::format_to(to(), "{}{{{}=\"{}\"}} {}\n", name_, label, of, value);
  }

  std::string text;

 private:
  std::back_insert_iterator<std::string> to() { return std::back_inserter(text); }

  std::string name_;
};

std::string label_of(const chunk::id& id) {
  auto out = to_text(id);
  for (std::size_t at = 0; (at = out.find_first_of("\"\\", at)) != out.npos; at += 2) {
    out.insert(at, 1, '\\');
  }
  return out;
}

}  // namespace

metrics::metrics(const chunk::protocol& rules) {
  for (const auto& each : rules.rules) {
    if (each.request) requests_.push_back({each.id});
  }
  // Prometheus recommends to export a label with the value 0 before its first event.
  for (const auto why :
       {chunk::session::close_reason::denied, chunk::session::close_reason::over_capacity})
    refused_[why] = 0;
}

void metrics::count_request(const chunk::id& id) {
  const auto known = std::ranges::find(requests_, id, &counted::id);
  ++(known == requests_.end() ? other_requests_ : known->count);
}

void metrics::count_latency(std::chrono::steady_clock::duration taken) {
  const auto seconds = std::chrono::duration<double>(taken).count();
  const auto bound = std::ranges::lower_bound(bounds, seconds);
  ++latencies_.at(static_cast<std::size_t>(bound - bounds.begin()));
  latency_sum_ += taken;
}

std::string metrics::to_text(const chunk::session::server_counts& server) const {
  page out;
  out.begin("chunk_connections_accepted_total", "counter", "Connections accepted.");
  out.sample(server.accepted);
  out.begin("chunk_connections_active", "gauge", "Connections open now.");
  out.sample(server.active);
  out.begin("chunk_connections_refused_total", "counter",
            "Connections closed before they were served.");
  for (const auto& [why, count] : refused_)
    out.sample("reason", chunk::session::to_text(why), count);
  out.begin("chunk_connections_closed_total", "counter", "Connections that were served and ended.");
  for (const auto& [why, count] : closed_)
    out.sample("reason", chunk::session::to_text(why), count);
  out.begin("chunk_requests_total", "counter", "Requests received whole.");
  for (const auto& each : requests_) out.sample("id", label_of(each.id), each.count);
  out.sample("id", "other", other_requests_);
  out.begin("chunk_received_bytes_total", "counter", "Bytes received from clients.");
  out.sample(server.bytes_in);
  out.begin("chunk_sent_bytes_total", "counter", "Bytes sent to clients.");
  out.sample(server.bytes_out);
  out.begin("chunk_handler_seconds", "histogram", "Time to answer a request.");
  std::uint64_t up_to = 0;
  for (std::size_t at = 0; at < bounds.size(); ++at) {
    up_to += latencies_.at(at);
    fmt::format_to(std::back_inserter(out.text), "chunk_handler_seconds_bucket{{le=\"{}\"}} {}\n",
                   bounds.at(at), up_to);
  }
  up_to += latencies_.back();
  fmt::format_to(std::back_inserter(out.text),
                 "chunk_handler_seconds_bucket{{le=\"+Inf\"}} {0}\nchunk_handler_seconds_sum {1}\n"
                 "chunk_handler_seconds_count {0}\n",
                 up_to, std::chrono::duration<double>(latency_sum_).count());
  out.begin("chunk_accept_errors_total", "counter", "Failures to accept a connection.");
  out.sample(accept_failures_);
  out.begin("process_open_fds", "gauge", "Descriptors in use.");
  if (const auto open = io::open_descriptors()) out.sample(*open);
  return out.text;
}

std::vector<std::pair<std::string, std::uint64_t>> metrics::to_pairs(
    const chunk::session::server_counts& server) const {
  std::vector<std::pair<std::string, std::uint64_t>> out{{"accepted", server.accepted},
                                                         {"active", server.active}};
  for (const auto& [why, count] : refused_) {
    out.emplace_back("refused-" + std::string(chunk::session::to_text(why)), count);
  }
  for (const auto& [why, count] : closed_) {
    out.emplace_back("closed-" + std::string(chunk::session::to_text(why)), count);
  }
  for (const auto& each : requests_) out.emplace_back("id-" + chunk::to_text(each.id), each.count);
  out.emplace_back("id-other", other_requests_);
  out.emplace_back("in", server.bytes_in);
  out.emplace_back("out", server.bytes_out);
  for (std::size_t at = 0; at < latencies_.size(); ++at) {
    if (latencies_.at(at) == 0) continue;
    const auto name =
        at < bounds.size() ? fmt::format("took-le-{}s", bounds.at(at)) : "took-longer";
    out.emplace_back(name, latencies_.at(at));
  }
  out.emplace_back("accept-errors", accept_failures_);
  if (const auto open = io::open_descriptors()) out.emplace_back("descriptors", *open);
  return out;
}

}  // namespace tools::serve
