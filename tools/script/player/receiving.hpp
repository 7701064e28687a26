// How a player takes replies, and answers requests by rules.
#pragma once

#include "script/actions/action.hpp"
#include "script/player/stage.hpp"

#include <chunk/framing.hpp>
#include <chunk/id.hpp>

#include <asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tools::script {

/// What has become of a reply.
struct reply_fate {
  bool taken = true;        ///< false: the step goes on waiting
  remaining_work answer{};  ///< what is to be done before
};

/// What a step does with a whole reply.
using reply_use = reply_fate(stage& by, const step& now, channel& on,
                             const chunk::placed_chunk& reply);

/// The replies that a step has passed over while it waits for another one.
class passed_over {
 public:
  void note(const chunk::id& of);

  /// "7 replies, the last ones S, S, K; then nothing", where `last` is "nothing"; that alone: there
  /// are none.
  std::string and_then(const std::string& last) const;

 private:
  std::uint64_t count_ = 0;
  std::vector<chunk::id> last_;  // few
};

/// Writes the buffered chunks, and has `use` see replies until it takes one, without waiting if
/// possible.
remaining_work next_reply(stage& by, const step& now, reply_use* use, passed_over passed = {});

/// The same, by waiting, after the work that is left from the reply before.
asio::awaitable<void> await_reply(stage& by, const step& now, reply_use* use,
                                  remaining_work first = {}, passed_over passed = {});

/// Sets the deadline of the current step.
void begin_to_wait(stage& by);

/// Fails because the time of a step is over; `what` has not come.
[[noreturn]] void fail_late(stage& by, const step& now, const std::string& what,
                            std::string expected, std::string received);

/// Fails because the stream has ended before a reply, or within it.
[[noreturn]] void fail_at_end(stage& by, const step& now, const passed_over& passed = {});

/// The connection of a step, which an answer may have closed.
channel& still_open(stage& by, const step& now);

/// Has a comparison fail when it takes longer than the step has.
effort within_limit(stage& by, const step& now, const chunk::placed_chunk& reply);

/// Begins to answer a request by the first rule that it matches.
///
/// Returns: nullopt: there is no such rule
remaining_work answer_by_rule(stage& by, const step& now, const chunk::placed_chunk& request);

/// Answers the requests on the unnamed connection by rules until the client ends its stream, an
/// answer closes the connection, or no request comes for too long.
///
/// Throws: step_failure for a request that no rule answers
asio::awaitable<void> serve_by_rules(stage& by);

}  // namespace tools::script
