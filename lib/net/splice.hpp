// Moving bytes between descriptors inside the system. Internal to the library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace chunk::net {

struct moved {
  std::uint64_t bytes = 0;
  std::vector<std::byte> rest{};  ///< taken behind them, but still to be written
};

/// Moves at most `most` bytes from one open descriptor to another without reading them here. What
/// may wait is not waited for, if the sink is a pipe, a file or a socket that does not block.
///
/// Returns: what was moved; nothing when it has to be waited for, or room for it; no bytes when the
///          stream has ended, or the system cannot move these, or met an error, which reading and
///          writing will meet as well
std::optional<moved> splice_some(int from, int to, std::uint64_t most);

/// Gives a pipe more room than it has from the start, as far as the system allows; does nothing to
/// what is no pipe.
void widen_pipe(int which) noexcept;

}  // namespace chunk::net
