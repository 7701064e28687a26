// abstract:NAME
#include "happy_eyeballs.hpp"
#include "scheme_rows.hpp"
#include "unix_name.hpp"

#include <utility>
#include <vector>

namespace chunk::net {
namespace {

std::optional<endpoint> recognize_abstract(const socket_address& address) {
  return recognize_unix_name(address, unix_name::abstract);
}

asio::awaitable<std::unique_ptr<transport>> connect_abstract(asio::io_context& context,
                                                             endpoint where, duration timeout,
                                                             std::shared_ptr<tls_context>) {
  std::vector only{unix_address(where.name, unix_name::abstract)};
  return connect_first(context, std::move(only), std::move(where), timeout, timeout);
}

bound_socket listen_abstract(const endpoint& where, const listen_options&) {
  const auto address = unix_address(where.name, unix_name::abstract);
  return bind_and_listen(make_socket(address, to_text(where)), where, address);
}

}  // namespace

constinit const scheme abstract_scheme{
    .type = endpoint::kind::abstract,
    .prefix = "abstract:",
    .form = "abstract:NAME",
    .help = "a Unix socket without a file",
    .parse = parse_unix_name,
    .show = show_unix_name,
    .recognize = recognize_abstract,
    .connect = connect_abstract,
    .listen = listen_abstract,
};

}  // namespace chunk::net
