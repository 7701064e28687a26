// vsock:CID:PORT
#include "happy_eyeballs.hpp"
#include "scheme_rows.hpp"

#include <fmt/core.h>

#include <linux/vm_sockets.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace chunk::net {
namespace {

result<endpoint> parse_vsock(std::string_view text, std::string_view whole) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return bad_address(whole, "needs CID:PORT");
  const auto cid_text = text.substr(0, colon);
  const auto cid = cid_text == "*" ? VMADDR_CID_ANY : parse_number<std::uint32_t>(cid_text);
  const auto port = parse_number<std::uint32_t>(text.substr(colon + 1));
  if (!cid || !port) return bad_address(whole, "CID and PORT are numbers below 4294967296");
  return endpoint{{}, {}, *cid, *port};
}

std::string show_vsock(const endpoint& where) {
  if (where.number == VMADDR_CID_ANY) return fmt::format("*:{}", where.port);
  return fmt::format("{}:{}", where.number, where.port);
}

socket_address vsock_address(const endpoint& where) {
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_cid = where.number;
  address.svm_port = where.port == 0 ? VMADDR_PORT_ANY : where.port;
  return socket_address::of(address);
}

std::optional<endpoint> recognize_vsock(const socket_address& address) {
  if (address.storage.ss_family != AF_VSOCK) return std::nullopt;
  const auto* vm = reinterpret_cast<const sockaddr_vm*>(&address.storage);
  return endpoint{{}, {}, vm->svm_cid, vm->svm_port};
}

asio::awaitable<std::unique_ptr<transport>> connect_vsock(asio::io_context& context, endpoint where,
                                                          duration timeout,
                                                          std::shared_ptr<tls_context>) {
  std::vector only{vsock_address(where)};
  return connect_first(context, std::move(only), std::move(where), timeout, timeout);
}

bound_socket listen_vsock(const endpoint& where, const listen_options&) {
  const auto address = vsock_address(where);
  return bind_and_listen(make_socket(address, to_text(where)), where, address);
}

}  // namespace

constinit const scheme vsock_scheme{
    .type = endpoint::kind::vsock,
    .prefix = "vsock:",
    .form = "vsock:CID:PORT",
    .help = "a port between a virtual machine and its host",
    .parse = parse_vsock,
    .show = show_vsock,
    .recognize = recognize_vsock,
    .connect = connect_vsock,
    .listen = listen_vsock,
};

}  // namespace chunk::net
