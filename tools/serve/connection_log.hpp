// Logs the connections of a server.
#pragma once

#include "serve/log.hpp"
#include "serve/metrics.hpp"

#include <chunk/session/server.hpp>

#include <string>

namespace tools::serve {

/// Logs and counts what happens to connections.
class connection_log final : public chunk::session::server_observer {
 public:
  /// Both have to outlive it. `only_stream`: the stream "-" is all that is served.
  connection_log(log& to, metrics& counts, bool only_stream)
      : log_(to), counts_(counts), only_stream_(only_stream) {}

  void opened(const chunk::session::connection_info& about) override;
  void closed(const chunk::session::connection_info& about, chunk::session::close_reason why,
              const std::string& detail) override;
  void accept_failed(const chunk::error& reason) override;

  /// The exit status for the stream "-", which is 0 unless that has failed.
  int stream_status() const { return stream_status_; }

  /// Says whether the stream "-", and so all of the work, is over since nobody reads the replies.
  bool reader_gone() const { return reader_gone_; }

 private:
  log& log_;
  metrics& counts_;
  bool only_stream_;
  int stream_status_ = 0;
  bool reader_gone_ = false;
};

}  // namespace tools::serve
