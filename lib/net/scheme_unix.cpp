// unix:PATH
#include "happy_eyeballs.hpp"
#include "scheme_rows.hpp"
#include "unix_name.hpp"

#include <chunk/net/listener.hpp>

#include <utility>
#include <vector>

namespace chunk::net {
namespace {

std::optional<endpoint> recognize_unix(const socket_address& address) {
  return recognize_unix_name(address, unix_name::path);
}

asio::awaitable<std::unique_ptr<transport>> connect_unix(asio::io_context& context, endpoint where,
                                                         duration timeout,
                                                         std::shared_ptr<tls_context>) {
  std::vector only{unix_address(where.name, unix_name::path)};
  return connect_first(context, std::move(only), std::move(where), timeout, timeout);
}

bound_socket listen_unix(const endpoint& where, const listen_options& options) {
  const auto address = unix_address(where.name, unix_name::path);
  auto socket = make_socket(address, to_text(where));
  socket_file file(socket.get(), where, address, options.mode);
  return {std::move(socket), where, std::move(file)};
}

}  // namespace

constinit const scheme unix_scheme{
    .type = endpoint::kind::unix,
    .prefix = "unix:",
    .form = "unix:PATH",
    .help = "a Unix socket with a file",
    .short_form = "./PATH",
    .mark = '/',
    .parse = parse_unix_name,
    .show = show_unix_name,
    .recognize = recognize_unix,
    .connect = connect_unix,
    .listen = listen_unix,
};

}  // namespace chunk::net
