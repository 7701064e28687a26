// Moving bytes between descriptors inside the system. Internal to the library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace chunk::net {

struct moved {
  std::uint64_t bytes = 0;
  std::vector<std::byte> rest{};  ///< bytes read after those, which the caller has still to write
};

/// Moves at most `most` bytes from one open descriptor to another inside the system. Does not wait
/// if the sink is a pipe, a file or a non-blocking socket.
///
/// Returns: what was moved; nullopt when bytes, or room for them, have to be waited for; no bytes
///          when the stream has ended, the system cannot move between these two, or there is an
///          error, which reading and writing will meet as well
std::optional<moved> splice_some(int from, int to, std::uint64_t most);

/// Enlarges the buffer of a pipe, as far as the system allows. Does nothing to other descriptors.
void widen_pipe(int which) noexcept;

}  // namespace chunk::net
