#include "serve/connection_log.hpp"

#include "cli/status.hpp"
#include "io/memory_reserve.hpp"
#include "io/output.hpp"

#include <chunk/net/endpoint.hpp>

#include <new>
#include <utility>

namespace tools::serve {
namespace {

using clock = std::chrono::steady_clock;

using chunk::session::close_reason;

/// What the end of a connection means.
struct meaning {
  level severity;     ///< faults of clients and of the server are shown, orderly ends are not
  int stream_status;  ///< the exit status if the connection is the stream "-"
};

meaning meaning_of(close_reason why) {
  switch (why) {
    case close_reason::ended:
    case close_reason::drained: return {level::debug, cli::success};
    case close_reason::reset: return {level::debug, cli::connection};
    case close_reason::cut:
    case close_reason::over_capacity: return {level::warning, cli::negative};
    case close_reason::denied: return {level::info, cli::negative};
    case close_reason::failed: return {level::error, cli::negative};
    case close_reason::handshake_failed:
    case close_reason::lost: return {level::info, cli::connection};
    case close_reason::idle:
    case close_reason::request_slow:
    case close_reason::handshake_slow:
    case close_reason::write_stalled: return {level::info, cli::deadline};
    case close_reason::handler_timeout: return {level::error, cli::deadline};
    case close_reason::violation:
    case close_reason::too_large:
    case close_reason::truncated: return {level::info, cli::format};
    case close_reason::local_failed: return {level::error, cli::local};
  }
  return {level::error, cli::negative};
}

}  // namespace

void connection_log::opened(const chunk::session::connection_info& about) {
  if (io::memory_is_low()) throw std::bad_alloc();  // refuses this client
  if (!log_.shows(level::debug)) return;
  record entry(level::debug, "accept");
  entry.note("conn", about.number).add("local", to_text(about.local)).add(about.remote);
  log_.write(entry);
}

void connection_log::closed(const chunk::session::connection_info& about, close_reason why,
                            const std::string& detail) {
  using namespace std::chrono;
  auto [severity, stream_status] = meaning_of(why);
  const bool is_stream = about.local == chunk::net::endpoint{};
  if (is_stream && only_stream_ && why == close_reason::lost && !io::has_reader()) {
    reader_gone_ = true;
    severity = level::debug;
  } else if (is_stream && stream_status != cli::success) {
    stream_status_ = stream_status;
    severity = level::error;
  }
  const bool refused = why == close_reason::denied || why == close_reason::over_capacity;
  if (refused && about.requests == 0) {
    counts_.count_refusal(why);
  } else {
    counts_.count_end(why);
  }
  if (!log_.shows(severity)) return;
  const auto lasted = duration_cast<milliseconds>(clock::now() - about.since).count();
  record entry(severity, "close");
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
