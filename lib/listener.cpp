#include "chunk/listener.hpp"

#include "socket_address.hpp"

#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <netinet/in.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>

namespace chunk {
namespace {

using descriptor = asio::posix::stream_descriptor;
using kind = endpoint::kind;

peer identify(int socket, const socket_address& from) {
  peer out{to_endpoint(from), std::nullopt};
  ucred owner{};
  socklen_t size = sizeof owner;
  if (from.storage.ss_family == AF_UNIX &&
      ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &owner, &size) == 0) {
    out.owner = credentials{owner.pid, owner.uid, owner.gid};
  }
  return out;
}

socket_address local_address(int socket) {
  socket_address out;
  out.size = sizeof out.storage;
  ::getsockname(socket, out.data(), &out.size);
  return out;
}

/// Says whether the socket file of `address` is left over from a process that is gone.
bool is_stale(const socket_address& address, const std::string& name) {
  const auto probe = make_socket(address, name);
  return ::connect(probe.get(), address.data(), address.size) != 0 && errno == ECONNREFUSED;
}

/// Binds with the file's mode in force from its birth: the kernel takes it from the socket, less
/// the umask, so that it may have to be widened afterwards but is never too wide.
void bind_unix(int socket, const endpoint& where, const socket_address& address, mode_t mode) {
  const auto name = to_text(where);
  ::fchmod(socket, mode);
  if (::bind(socket, address.data(), address.size) != 0) {
    const auto problem = last_system_error(name);
    struct stat standing {};
    const bool takeable = problem.code == std::errc::address_in_use &&
                          ::lstat(where.name.c_str(), &standing) == 0 &&
                          S_ISSOCK(standing.st_mode) && is_stale(address, name);
    if (!takeable) throw failure(problem);
    ::unlink(where.name.c_str());
    if (::bind(socket, address.data(), address.size) != 0) throw failure(last_system_error(name));
  }
  if (::chmod(where.name.c_str(), mode) != 0) {
    const auto problem = last_system_error(name);
    ::unlink(where.name.c_str());
    throw failure(problem);
  }
}

unique_descriptor listen_on(const endpoint& where, const socket_address& address, mode_t mode) {
  const auto name = to_text(where);
  auto socket = make_socket(address, name);
  const int on = 1;
  const int off = 0;
  if (where.type == kind::tcp) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (where.name.empty()) {
      ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
  }
  if (where.type == kind::unix) {
    bind_unix(socket.get(), where, address, mode);
  } else if (::bind(socket.get(), address.data(), address.size) != 0) {
    throw failure(last_system_error(name));
  }
  if (::listen(socket.get(), SOMAXCONN) != 0) throw failure(last_system_error(name));
  return socket;
}

/// Identifies a file beyond its name.
using file_identity = std::pair<dev_t, ino_t>;

std::optional<file_identity> identify_file(const std::string& path) {
  struct stat about {};
  if (::lstat(path.c_str(), &about) != 0) return std::nullopt;
  return file_identity{about.st_dev, about.st_ino};
}

}  // namespace

struct listener::state {
  state(asio::io_context& io, int number) : context(io), socket(io, number) {}

  asio::io_context& context;
  descriptor socket;
  std::optional<file_identity> file;  // of a Unix socket that we made
};

listener::listener(asio::io_context& context, const endpoint& where, listen_options options)
    : local_(where) {
  if (where.type == kind::tls) refuse(where, "TLS is not supported yet");
  if (where.type == kind::stdio) refuse(where, "nothing can connect to it");
  if (where.type == kind::fd) {
    const int number = static_cast<int>(where.number);
    int listening = 0;
    socklen_t size = sizeof listening;
    const bool known = ::getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0;
    if (!known) throw failure(last_system_error(to_text(where)));
    if (listening == 0) refuse(where, "not a listening socket");
    state_ = std::make_unique<state>(context, number);
    // Whoever made it may have left it blocking, and accept() is tried before any wait.
    state_->socket.native_non_blocking(true);
    local_ = to_endpoint(local_address(number));
    return;
  }
  auto socket = listen_on(where, resolve_to_listen(where).at(0), options.mode);
  state_ = std::make_unique<state>(context, socket.release());
  if (where.type == kind::unix) {
    state_->file = identify_file(where.name);
  } else {
    local_ = to_endpoint(local_address(state_->socket.native_handle()));
  }
}

listener::~listener() {
  close();
}

void listener::close() noexcept {
  if (!state_->socket.is_open()) return;
  if (state_->file && identify_file(local_.name) == state_->file) ::unlink(local_.name.c_str());
  std::error_code ignored;
  state_->socket.close(ignored);
}

asio::awaitable<std::unique_ptr<transport>> listener::accept() {
  while (state_->socket.is_open()) {
    socket_address from;
    from.size = sizeof from.storage;
    unique_descriptor got(::accept4(state_->socket.native_handle(), from.data(), &from.size,
                                    SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (got.get() >= 0) {
      set_no_delay(got.get(), from.storage.ss_family);
      auto remote = identify(got.get(), from);
      // A client's Unix socket has no name; it is known by the one that it connected to.
      auto name = to_text(remote.address.name.empty() ? local_ : remote.address);
      co_return adopt_socket(state_->context, got.release(), std::move(name), std::move(remote));
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      std::error_code ended;
      co_await state_->socket.async_wait(descriptor::wait_read,
                                         asio::redirect_error(asio::use_awaitable, ended));
      continue;
    }
    // A client that is gone already is none of our failures.
    if (errno != ECONNABORTED && errno != EINTR) throw failure(last_system_error(to_text(local_)));
  }
  co_return nullptr;
}

}  // namespace chunk
