#include "serve/connection_log.hpp"

#include "io/memory_reserve.hpp"

#include <chunk/net/endpoint.hpp>

#include <new>
#include <utility>

namespace tools::serve {
namespace {

using clock = std::chrono::steady_clock;

/// The level for an operator: faults of clients and of the server are shown, orderly ends are not.
level severity(chunk::session::close_reason why) {
  switch (why) {
    case chunk::session::close_reason::ended:
    case chunk::session::close_reason::reset:
    case chunk::session::close_reason::drained: return level::debug;
    case chunk::session::close_reason::failed:
    case chunk::session::close_reason::local_failed:
    case chunk::session::close_reason::handler_timeout: return level::error;
    case chunk::session::close_reason::over_capacity:
    case chunk::session::close_reason::cut: return level::warning;
    case chunk::session::close_reason::idle:
    case chunk::session::close_reason::request_slow:
    case chunk::session::close_reason::handshake_slow:
    case chunk::session::close_reason::handshake_failed:
    case chunk::session::close_reason::violation:
    case chunk::session::close_reason::denied:
    case chunk::session::close_reason::too_large:
    case chunk::session::close_reason::truncated:
    case chunk::session::close_reason::lost:
    case chunk::session::close_reason::write_stalled: return level::info;
  }
  return level::info;
}

}  // namespace

void connection_log::opened(const chunk::session::connection_info& about) {
  if (io::memory_is_low()) throw std::bad_alloc();  // refuses this client
  if (!log_.shows(level::debug)) return;
  record entry(level::debug, "accept");
  entry.note("conn", about.number).add("local", to_text(about.local)).add(about.remote);
  log_.write(entry);
}

void connection_log::closed(const chunk::session::connection_info& about,
                            chunk::session::close_reason why, const std::string& detail) {
  using namespace std::chrono;
  const bool is_stream = about.local == chunk::net::endpoint{};
  if (is_stream && why == chunk::session::close_reason::local_failed) stream_failed_ = true;
  const bool refused = why == chunk::session::close_reason::denied ||
                       why == chunk::session::close_reason::over_capacity;
  if (refused && about.requests == 0) {
    counts_.count_refusal(why);
  } else {
    counts_.count_end(why);
  }
  if (!log_.shows(severity(why))) return;
  const auto lasted = duration_cast<milliseconds>(clock::now() - about.since).count();
  record entry(severity(why), "close");
  entry.note("conn", about.number).add("reason", to_text(why));
  if (!detail.empty()) entry.add("detail", detail);
  entry.add("local", to_text(about.local)).add(about.remote);
  if (about.last_id) entry.add("id", to_text(*about.last_id));
  entry.note("requests", about.requests).note("in", about.bytes_in).note("out", about.bytes_out);
  entry.note("ms", static_cast<std::uint64_t>(lasted));
  log_.write(entry);
}

void connection_log::accept_failed(const chunk::error& reason) {
  counts_.count_accept_failure();
  log_.write(accept_failure(reason));
}

}  // namespace tools::serve
