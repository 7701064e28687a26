// What was received on a connection and examined by no step.
#pragma once

#include "script/player/channel.hpp"
#include "script/report/trace.hpp"

#include <chunk/net/deadline.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tools::script {

struct unexamined {
  std::string peer;
  std::uint64_t replies = 0;
  std::uint64_t bytes = 0;         ///< where bytes were taken as they are
  std::vector<std::string> first;  ///< a few of the replies
  bool endless = false;            ///< the peer did not end its stream in time

  /// Takes what is there from a connection and adds it. `to` may be nullptr.
  void take(channel& from, trace* to);

  bool is_anything() const { return replies > 0 || bytes > 0 || endless; }

  /// "2 replies that no step examined: ECHO:a, NOOP"; `what` is "reply" or "request".
  std::string in_words(chunk::net::duration limit, const std::string& what = "reply") const;
};

}  // namespace tools::script
