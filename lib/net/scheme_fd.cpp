// fd:N
#include "scheme_rows.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <cstdint>
#include <limits>

namespace chunk::net {
namespace {

result<endpoint> parse_fd(std::string_view text, std::string_view whole) {
  const auto number = parse_number<std::uint32_t>(text);
  if (!number || *number > std::numeric_limits<int>::max()) {
    return bad_address(whole, "needs the number of an open descriptor");
  }
  return endpoint{{}, {}, *number, 0};
}

std::string show_fd(const endpoint& where) {
  return std::to_string(where.number);
}

asio::awaitable<std::unique_ptr<transport>> connect_fd(asio::io_context& context, endpoint where,
                                                       duration, std::shared_ptr<tls_context>) {
  co_return open_descriptor(context, static_cast<int>(where.number));
}

bound_socket listen_fd(const endpoint& where, const listen_options&) {
  const int number = static_cast<int>(where.number);
  int listening = 0;
  socklen_t size = sizeof listening;
  const bool known = ::getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0;
  if (!known) throw failure(last_system_error(to_text(where)));
  if (listening == 0) refuse(where, "not a listening socket");
  // The socket may have been left in blocking mode, and accept() is tried before any wait.
  ::fcntl(number, F_SETFL, ::fcntl(number, F_GETFL) | O_NONBLOCK);
  return {unique_descriptor(number), local_address(number, where)};
}

}  // namespace

constinit const scheme fd_scheme{
    .type = endpoint::kind::fd,
    .prefix = "fd:",
    .form = "fd:N",
    .help = "an open descriptor that was inherited",
    .traits = {.repeatable = false},
    .parse = parse_fd,
    .show = show_fd,
    .connect = connect_fd,
    .listen = listen_fd,
};

}  // namespace chunk::net
