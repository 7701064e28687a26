// Replies on a connection that no step has examined.
#pragma once

#include "script/player/channel.hpp"
#include "script/report/trace.hpp"

#include <chunk/net/duration.hpp>
#include <chunk/protocol.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tools::script {

struct unexamined {
  std::string peer;
  std::uint64_t replies = 0;
  std::uint64_t bytes = 0;         ///< bytes, if raw bytes were taken
  std::vector<std::string> first;  ///< the first few replies
  bool endless = false;            ///< the peer did not end its stream in time

  /// Takes all unexamined replies from a connection. `to` may be nullptr.
  void take(channel& from, const chunk::protocol& rules, trace* to);

  bool is_anything() const { return replies > 0 || bytes > 0 || endless; }

  /// "2 replies that no step examined: ECHO:a, NOOP"; `what` is "reply" or "request".
  std::string in_words(chunk::net::duration limit, const std::string& what = "reply") const;
};

}  // namespace tools::script
