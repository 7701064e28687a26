#include "chunk/net/listener.hpp"

#include "scheme_rows.hpp"
#include "socket_address.hpp"
#include "socket_file.hpp"

#include <chunk/net/scheme.hpp>

#include <asio/error.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <cerrno>
#include <optional>
#include <system_error>

namespace chunk::net {
namespace {

using descriptor = asio::posix::stream_descriptor;

std::vector<gid_t> supplementary_groups(int socket) {
  std::vector<gid_t> out(32);  // chosen: users in more groups cost a second call
  for (;;) {
    auto size = static_cast<socklen_t>(out.size() * sizeof(gid_t));
    const bool told = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, out.data(), &size) == 0;
    if (!told && errno != ERANGE) return {};
    const bool whole = told && size <= out.size() * sizeof(gid_t);
    out.resize(size / sizeof(gid_t));
    if (whole) return {out.begin(), out.end()};
  }
}

peer identify(int socket, const socket_address& from, const endpoint& local) {
  peer out{to_endpoint(from, local), std::nullopt};
  ucred owner{};
  socklen_t size = sizeof owner;
  if (from.storage.ss_family == AF_UNIX &&
      ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &owner, &size) == 0) {
    out.owner = credentials{owner.pid, owner.uid, owner.gid, supplementary_groups(socket)};
  }
  return out;
}

}  // namespace

struct listener::state {
  state(asio::io_context& io, int number) : context(io), socket(io, number), timer(io) {}

  asio::io_context& context;
  descriptor socket;
  asio::steady_timer timer;         // of rest()
  std::optional<socket_file> file;  // of a Unix socket that we made
};

listener::listener(asio::io_context& context, const endpoint& where, listen_options options)
    : tls_(options.tls) {
  const auto& by = scheme_of(where);
  if (!by.listenable()) refuse(where, "nothing can connect to it");
  if (by.traits.tls && !tls_) refuse(where, "TLS needs a certificate");
  auto bound = by.listen(where, options);
  local_ = tls_ ? over_tls(std::move(bound.local)) : std::move(bound.local);
  try {
    state_ = std::make_unique<state>(context, bound.socket.get());
  } catch (const std::system_error& reason) {
    throw failure(error{reason.code(), to_text(where)});
  }
  bound.socket.release();
  const int on = 1;  // accepted connections inherit it
  if (options.keep_alive) {
    ::setsockopt(state_->socket.native_handle(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  }
  if (bound.file) state_->file.emplace(std::move(*bound.file));
}

listener::~listener() {
  close();
}

void listener::close() noexcept {
  if (!state_->socket.is_open()) return;
  if (state_->file) state_->file->remove();
  std::error_code ignored;
  state_->socket.close(ignored);
  state_->timer.cancel();
}

std::unique_ptr<transport> listener::try_accept() {
  while (state_->socket.is_open()) {
    socket_address from;
    from.size = sizeof from.storage;
    unique_descriptor got(::accept4(state_->socket.native_handle(), from.data(), &from.size,
                                    SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (got.get() >= 0) {
      set_no_delay(got.get(), from.storage.ss_family);
      auto remote = identify(got.get(), from, local_);
      if (tls_) remote.address = over_tls(std::move(remote.address));
      // A client's Unix socket has no name; it is known by the one that it connected to.
      auto name = to_text(remote.address.name.empty() ? local_ : remote.address);
      return adopt_socket(state_->context, got.release(), std::move(name), std::move(remote));
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return nullptr;
    if (errno != EINTR) throw failure(last_system_error(to_text(local_)));
  }
  return nullptr;
}

asio::awaitable<std::unique_ptr<transport>> listener::accept() {
  while (state_->socket.is_open()) {
    if (auto link = try_accept()) co_return link;
    std::error_code ended;
    co_await state_->socket.async_wait(descriptor::wait_read,
                                       asio::redirect_error(asio::use_awaitable, ended));
    const bool refused = ended && ended != asio::error::operation_aborted;
    if (refused) throw failure(error{ended, to_text(local_)});
  }
  co_return nullptr;
}

asio::awaitable<void> listener::rest(duration span) {
  if (!state_->socket.is_open()) co_return;
  state_->timer.expires_after(span);
  std::error_code ended;
  co_await state_->timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
}

}  // namespace chunk::net
