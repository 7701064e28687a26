// The file of a listening Unix socket: taken, owned and removed without a race. Internal to the
// library.
#pragma once

#include "socket_address.hpp"

#include <chunk/net/endpoint.hpp>
#include <chunk/net/unique_descriptor.hpp>

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

namespace chunk::net {

/// The path of a listening socket of ours, which the destructor removes. The directory stays open,
/// since no descriptor may be left when the path is to be removed.
///
/// Such a path is changed under a lock on its directory: of several servers that start at the same
/// time one wins, and none takes another's path. A path that is taken over is replaced in one step
/// and never absent. The lock is on the directory itself, so that no lock file is left behind,
/// which a user with other rights might not be able to open.
///
/// Any user who may read the directory can hold that lock, and without the right to read it nobody
/// can. So the lock is waited for only briefly, and what is done afterwards is right without it:
/// what was replaced is looked at, and put back if it is not what it was taken for.
class socket_file {
 public:
  /// Binds `socket` to the path of `where` and listens on it.
  ///
  /// Throws: failure with std::errc::address_in_use, naming the process that listens there, or
  ///         saying that it is not a socket; with the system's code
  socket_file(int socket, const endpoint& where, const socket_address& address, mode_t mode);
  ~socket_file() { remove(); }
  socket_file(socket_file&& other) noexcept;
  socket_file& operator=(socket_file&& other) = delete;

  /// Removes the file, if it is still this socket's.
  void remove() noexcept;

 private:
  using identity = std::pair<dev_t, ino_t>;

  std::string path_;
  unique_descriptor directory_;
  std::optional<identity> file_;  // nullopt: removed, or moved from
};

}  // namespace chunk::net
