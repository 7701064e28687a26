// The file of a listening Unix socket: taken, owned and removed without a race. Internal to the
// library.
#pragma once

#include "socket_address.hpp"

#include <chunk/net/endpoint.hpp>

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

namespace chunk::net {

/// A path where our listening socket stands, until it is removed.
///
/// All that changes such a path happens under a lock on its directory, so that of several servers
/// that start at the same time one wins and none takes another's path. A path that is taken over
/// is replaced in one step and never absent. Locking the directory itself leaves no lock file
/// behind, nor one that a user with other rights could not open.
class socket_file {
 public:
  /// Binds `socket` to the path of `where` and listens on it.
  ///
  /// Throws: failure with std::errc::address_in_use, naming the process that listens there, or
  ///         saying that it is no socket; with the system's code
  socket_file(int socket, const endpoint& where, const socket_address& address, mode_t mode);

  /// Removes the file, if it is still this socket's.
  void remove() noexcept;

 private:
  using identity = std::pair<dev_t, ino_t>;

  std::string path_;
  std::optional<identity> file_;
};

}  // namespace chunk::net
